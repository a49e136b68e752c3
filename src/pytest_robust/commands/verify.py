"""`robust verify`: whether a record, or its report, is what was signed, and all it stands on is what was tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pytest_robust.commands import model_signature, subject
from pytest_robust.commands.unchanged import Part, files_of, loaded, waivers
from pytest_robust.errors import RecordError
from pytest_robust.pytest_support import outside
from pytest_robust.record import signatures
from pytest_robust.record.signatures import Signature
from pytest_robust.report.words import harmless

SHORT = 16
"""Characters of a fingerprint that are told."""
WIDEST = 14
"""Of the name of a part."""


def looked_at(
    path: Path,
    *,
    beside: Path | None = None,
    root: Path | None = None,
    trust: Sequence[Path] = (),
    signed: int = 0,
    alone: bool = False,
    model: tuple[Path, Path] | None = None,
) -> Iterator[Part]:
    """Each thing that was looked at, as soon as it was.

    `beside` is the record of a report that stands elsewhere; `root` the project's, pytest's where absent; `trust`
    public keys, or folders of them; `signed` how many must have signed for a release; `alone` leaves out all but
    record, page and signatures; `model` are a signature of model-signing and its public key. Raises RobustError where
    there is nothing to look at, or a key cannot be read.
    """
    trusted = _trusted(trust)
    try:
        found = subject.read(path, beside)
    except RecordError as error:
        yield Part("record", str(path), str(error).removeprefix(f"{path}: "))
        return
    as_it_was = True
    for part in _without_code(found, path, trusted, signed):
        as_it_was &= part.problem is None
        yield part
    if alone:
        return
    project = (root or outside.configuration(None, "--noconftest").rootpath).absolute()
    for part in files_of(found.record, project):
        as_it_was &= part.problem is None
        yield part
    if model is not None:
        yield from model_signature.parts(found.record, project, *model)
    if as_it_was:
        yield from loaded(found.record, project)
    else:
        yield Part("model, data", "not loaded, as that runs code: mend what failed, and verify again", remark=True)
    yield from waivers(found.record)


def told(found: Iterable[Part], say: Callable[[str], None]) -> bool:
    """Say what was found, a line each, and whether all of it holds."""
    failed: dict[str, None] = {}
    for part in found:
        problem = f": {part.problem}" if part.problem else ""
        say(f"{part.mark:4}  {harmless(part.name):{WIDEST}}  {harmless(part.told + problem)}")
        failed |= {part.name: None} if part.problem else {}
    say(f"NOT VERIFIED: {', '.join(map(harmless, failed))}" if failed else "verified")
    return not failed


def _without_code(found: subject.Subject, path: Path, trusted: Mapping[str, str] | None, signed: int) -> Iterator[Part]:
    """Record, page, signatures, and how many have signed."""
    yield Part("record", f"digest {found.record.digest}")
    if found.page is not None:
        yield Part("report", str(path), found.page_problem())
    yield from _signatures(found.signatures, trusted)
    if signed or trusted is not None:
        known = [one for one in found.signatures if trusted is None or one.key in trusted]
        yield _signers(known, max(signed, 1), released=bool(signed))


def _signatures(found: Sequence[Signature], trusted: Mapping[str, str] | None) -> Iterator[Part]:
    standing = signatures.standing(one for one in found if trusted is None or one.key in trusted)
    for one in found:
        if not one.role:
            yield Part("signature", "unreadable", one.problem)
            continue
        told = f"{one.name} ({one.role}), {one.date}: {one.decision}, saw {one.saw}; key {one.key[:SHORT]}"
        since = signatures.again(one, standing)
        if since:
            yield Part("signature", f"{told}; {since}", remark=True)
        elif trusted is not None and one.key not in trusted:
            yield Part("signature", f"{told}, which is none of those trusted", one.problem, remark=True)
        else:
            yield Part("signature", told + (f", {trusted[one.key]}" if trusted else ""), one.problem)
    if not found:
        yield Part(
            "signature", "UNSIGNED: integrity only, and what the record says of its run is not protected", remark=True
        )
    elif trusted is None:
        yield Part("keys", "nobody vouches for them: name those that you were given with --trust", remark=True)


def _signers(known: Sequence[Signature], needed: int, *, released: bool) -> Part:
    """Whether so many have signed, and, where a release is asked for, nobody against it."""
    have = signatures.signers(known)
    against = [one for one in signatures.standing(known) if released and one.decision != "release"]
    problem = None
    if have < needed:
        problem = "too few; have it signed with `robust sign`"
    elif against:
        problem = f"{against[0].name} ({against[0].role}) decided not to release"
    told = f"{have} in different roles and with different keys, {needed} asked for"
    return Part("signers", told, problem)


def _trusted(places: Sequence[Path]) -> dict[str, str] | None:
    if not places:
        return None
    from pytest_robust.record import keys

    return keys.trusted(places)
