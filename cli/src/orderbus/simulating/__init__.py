"""`orderbus simulate`: the pipeline in virtual time, with everything going wrong."""
