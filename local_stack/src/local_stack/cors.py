"""The HTTP API's CORS settings, set by API.

MiniStack's CloudFormation stores them under names that its gateway doesn't read, so that every
preflight request would be refused.
"""

from typing import Any

from local_stack.templates import Template

API_TYPE = "AWS::ApiGatewayV2::Api"


def ensure(gateway: Any, api_id: str, template: Template) -> bool:  # noqa: ANN401 -- boto3 client
    """Gives the API the CORS settings of its template; says whether it has any."""
    for resource in template["Resources"].values():
        settings = resource.get("Properties", {}).get("CorsConfiguration")
        if resource["Type"] == API_TYPE and settings:
            gateway.update_api(ApiId=api_id, CorsConfiguration=settings)
            return True
    return False
