"""One module per Lambda function, named after its trigger."""
