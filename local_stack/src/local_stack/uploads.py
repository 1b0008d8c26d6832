"""The built code in the local S3, under names made of its content."""

from collections import defaultdict
from typing import TYPE_CHECKING

from local_stack.build import Artefact
from local_stack.host_layer import HostLayers
from local_stack.zips import digest, zip_folder

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class Uploads:
    """A bucket that holds the code of one deployment."""

    def __init__(self, s3: "S3Client", bucket: str, layers: HostLayers) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._layers = layers
        self._keys: set[str] = set()

    def upload(self, artefacts: list[Artefact]) -> dict[str, dict[str, str]]:
        """Answers the address of each artefact by stack and logical id.

        What is there already is not sent again: equal code has an equal name.
        """
        self._s3.create_bucket(Bucket=self._bucket)
        there = self._list()
        addresses: dict[str, dict[str, str]] = defaultdict(dict)
        for artefact in artefacts:
            content = self._content(artefact)
            key = f"{digest(content)}.zip"
            if key not in there | self._keys:
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)
            self._keys.add(key)
            addresses[artefact.stack][artefact.logical_id] = f"s3://{self._bucket}/{key}"
        return addresses

    def _content(self, artefact: Artefact) -> bytes:
        if artefact.is_layer:
            return self._layers.pointer(artefact.folder, artefact.built_from[:32])
        return zip_folder(artefact.folder)

    def forget_others(self) -> None:
        """Deletes the code of earlier deployments."""
        for key in self._list() - self._keys:
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        self._layers.forget_others()

    def _list(self) -> set[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return {entry["Key"] for page in pages for entry in page.get("Contents", [])}
