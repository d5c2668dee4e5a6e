"""One request of the command line: read, checked and prepared; then shown, or sent and saved."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.cli.generate.draft_options import Submission, read_draft
from bot.cli.generate.offers import choose
from bot.cli.generate.progress_bar import progress
from bot.cli.generate.references import Given, PictureReader, unusable
from bot.cli.generate.saving import OutputFolder
from bot.cli.generate.upstream_calls import Calls, Saved
from bot.cli.outcome import REFUSED, Complaint, ComplaintsError, StoppedError
from bot.config import Configuration
from bot.domain.catalog import Offer
from bot.domain.errors import PictureError, ProviderError
from bot.domain.requests.request import ImageRequest, Note
from bot.models import image_service, picture_workers
from bot.pictures.picture_values import Needs
from bot.providers.references.references import HttpReferences
from bot.providers.service import HttpImageService
from bot.services.ports import CallRequest, ReferenceFile
from bot.ui import messages, terminal


async def preview(configuration: Configuration, submission: Submission) -> dict[str, Any]:
    """Return what would be sent, call by call; opens no connection."""
    async with _Workshop(configuration) as workshop:
        ready = await workshop.prepare(submission, dry_run=True)
        try:
            requests = [await ready.service.preview(call_request) for call_request in ready.orders]
        except ProviderError as error:
            # Pictures that no shrinking brings below what one body may hold.
            message = messages.error_class(error.failure.error_class)
            raise ComplaintsError([Complaint(field="reference", message=message)]) from error
    return {"requests": requests, "notes": ready.notes}


async def request(
    configuration: Configuration, submission: Submission, folder: Path
) -> dict[str, Any]:
    """Send the request and write its pictures.

    Raises ComplaintsError when it is refused here, and StoppedError when no picture came.
    """
    async with _Workshop(configuration) as workshop:
        ready = await workshop.prepare(submission, dry_run=False)
        output = _output(folder, ready.request)
        with progress([call_request.images for call_request in ready.orders]) as ended:
            calls = Calls(ready.service, workshop.pictures, output, ended)
            results = await calls.make(ready.orders)
    saved = [item for item in results if isinstance(item, Saved)]
    missing = [item for item in results if not isinstance(item, Saved)]
    if not saved:
        raise StoppedError(missing[0].kind, missing[0].message)
    return {
        "images": [item.to_dict() for item in saved],
        "failed": [item.to_dict() for item in missing],
        "notes": [*ready.notes, *terminal.fewer(len(saved), ready.request.count)],
    }


def _output(folder: Path, image_request: ImageRequest) -> OutputFolder:
    """Find out before anything is paid whether the pictures can be written."""
    try:
        return OutputFolder(folder, image_request.prompt, image_request.count)
    except OSError as error:
        message = terminal.output_unusable(str(folder), terminal.reason(error))
        raise StoppedError("usage", message, code=REFUSED) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A request that passed every check, with its calls."""

    request: ImageRequest
    service: HttpImageService
    orders: tuple[CallRequest, ...]
    notes: list[str]


class _Workshop:
    """The adapters that one request needs, and a scratch folder; nothing is opened before use."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._stack = AsyncExitStack()
        self.pictures = picture_workers(configuration)
        self._references = HttpReferences(
            pictures=self.pictures, needs=Needs, cdn_base=configuration.discord.cdn_base
        )

    async def __aenter__(self) -> _Workshop:
        folder = tempfile.TemporaryDirectory(prefix="easel-")
        self._scratch = Path(self._stack.enter_context(folder))
        self._stack.push_async_callback(self.pictures.close)
        self._stack.push_async_callback(self._references.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def prepare(self, submission: Submission, *, dry_run: bool) -> _Ready:
        """Check a request and make its pictures fit; raises ComplaintsError with every problem."""
        draft, complaints = read_draft(submission)
        reader = PictureReader(self._references, self._scratch, fetch=not dry_run)
        given, bad_references = await reader.read("reference", submission.reference)
        masks, bad_masks = await reader.read("mask", (submission.mask,) if submission.mask else ())
        draft = replace(
            draft,
            references=tuple(item.facts for item in given),
            mask=masks[0].facts if masks else None,
        )
        complaints += [*bad_references, *bad_masks]
        offer, image_request = choose(self._configuration, draft, complaints, whole_catalog=dry_run)
        materials, mask, notes = await _materials(reader, given, masks, offer)
        return _Ready(
            request=image_request,
            service=self._service(offer),
            orders=tuple(
                CallRequest(
                    request=image_request,
                    images=images,
                    references=materials,
                    mask=mask,
                    user_tag="",
                    reply=self._scratch / f"reply-{seq}",
                )
                for seq, images in enumerate(image_request.calls())
            ),
            notes=[messages.note(note) for note in (*image_request.notes, *notes)],
        )

    def _service(self, offer: Offer) -> HttpImageService:
        provider = self._configuration.services[offer.provider]
        service = image_service(offer.provider, provider, pictures=self.pictures)
        self._stack.push_async_callback(service.close)
        return service


async def _materials(
    reader: PictureReader, given: Sequence[Given], masks: Sequence[Given], offer: Offer
) -> tuple[tuple[ReferenceFile, ...], ReferenceFile | None, list[Note]]:
    """Make the pictures fit for an offer; raises ComplaintsError for those that cannot be."""
    rule = offer.references
    prepared: list[tuple[Given, ReferenceFile, Note | None]] = []
    complaints: list[Complaint] = []
    for item in given:
        try:
            prepared.append(await reader.prepare(item, rule))
        except PictureError as error:
            complaints.append(unusable(item, error))
    mask = None
    if masks and prepared:
        first, _, _ = prepared[0]
        try:
            mask = await reader.prepare_mask(masks[0], first, rule)
        except PictureError as error:
            complaints.append(unusable(masks[0], error))
    if complaints:
        raise ComplaintsError(complaints)
    materials = tuple(reference_file for _, reference_file, _ in prepared)
    return materials, mask, [note for _, _, note in prepared if note is not None]
