"""What opens the channels."""

from shared.api import Schema

TOKEN, OPERATOR = "token", "operator"
PRESIGNED, IAM, SIGNATURE = "presigned", "iam", "signature"
SCHEMES: dict[str, Schema] = {
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "In the member `token` of the frame, never in an address: the `tracking_token` of the "
            "order's checkout or, where the stage names an OIDC issuer, its JWT of the shopper "
            "whose order it is."
        ),
    },
    OPERATOR: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "In the member `token` of the frame: a JWT of the stage's issuer with the scope "
            "`orderbus/operate`. On a local stack its own machine needs none."
        ),
    },
    PRESIGNED: {
        "type": "httpApiKey",
        "in": "query",
        "name": "X-Amz-Signature",
        "description": (
            "Part of the address that `POST /orders/{transaction_id}/mqtt` answers: it opens one "
            "session of at most an hour, which may subscribe to that order's topic alone."
        ),
    },
    IAM: {
        "type": "http",
        "scheme": "aws4-hmac-sha256",
        "description": "Whom the account's IAM allows to subscribe (`sns:Subscribe`).",
    },
    SIGNATURE: {
        "type": "httpApiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": (
            "`v1,` and the base64 of the HMAC-SHA256, by a secret that the receiver and this stage "
            "share, of `webhook-id`, `webhook-timestamp` and the body, joined by dots; one for "
            "each secret in force, separated by blanks."
        ),
    },
}
