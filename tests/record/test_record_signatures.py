"""Signatures beside a record: what holds, what does not and why, and which of several counts."""

from __future__ import annotations

import base64
import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_record_files import example

pytest.importorskip("cryptography")
from pytest_robust.errors import SignatureError
from pytest_robust.record import dsse, files, keys, signatures


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return keys.private_key(keys.make(tmp_path_factory.mktemp("keys") / "anna")[0])


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return keys.private_key(keys.make(tmp_path_factory.mktemp("keys") / "ben")[0])


@pytest.fixture(scope="module")
def signed(tmp_path_factory, key):
    """A record file with one signature."""
    path = tmp_path_factory.mktemp("signed") / "run.json"
    record = files.save(example(), path)
    sign(path, record, key)
    return path


def sign(path, record, key, role="safety", name="Anna Ü", decision="release", saw="GO"):
    return signatures.sign(path, record, role=role, name=name, decision=decision, saw=saw, key=key)


def test_a_signature_holds_for_the_record_it_was_made_for(signed, key):
    (one,) = signatures.beside(signed, files.load(signed))
    assert one.valid
    assert (one.role, one.name, one.decision, one.saw) == ("safety", "Anna Ü", "release", "GO")
    assert one.key == keys.fingerprint(keys.der(key.public_key()))
    assert len(one.date) == len("2026-01-01T00:00:00Z")


def test_the_file_is_a_bundle_of_in_toto_statements_in_dsse_envelopes(signed, key):
    path = signatures.bundle(signed)
    assert path.name == "run.json.intoto.jsonl"
    (line,) = path.read_text().splitlines()
    envelope = json.loads(line)
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    payload = base64.b64decode(envelope["payload"])
    message = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload)
    key.public_key().verify(base64.b64decode(envelope["signatures"][0]["sig"]), message)
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:x-pytest-robust:sign-off:1"
    assert statement["subject"][0]["name"] == "run.json"
    assert statement["predicate"]["recordDigest"] == {"sha256": files.load(signed).digest}


def test_other_readers_of_dsse_and_in_toto_take_it(signed, key):
    dsse_reader = pytest.importorskip("securesystemslib.dsse")
    signer = pytest.importorskip("securesystemslib.signer")
    statement_pb2 = pytest.importorskip("in_toto_attestation.v1.statement_pb2")
    envelope = dsse_reader.Envelope.from_dict(json.loads(signatures.bundle(signed).read_bytes()))
    keyid = keys.fingerprint(keys.der(key.public_key()))
    assert list(envelope.verify([signer.SSlibKey.from_crypto(key.public_key(), keyid=keyid)], 1)) == [keyid]
    from google.protobuf import json_format

    statement = json_format.Parse(envelope.payload, statement_pb2.Statement())
    assert statement.predicate["recordDigest"]["sha256"] == files.load(signed).digest


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_one_changed_byte_in_the_file_of_signatures_is_seen(signed, tmp_path_factory, data):
    content = bytearray(signatures.bundle(signed).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path_factory.mktemp("damaged") / "run.json.intoto.jsonl"
    damaged.write_bytes(content)
    found = signatures.read(damaged, *identity(signed))
    assert not any(one.valid for one in found)
    assert found, "a damaged signature is told, and not passed over"
    assert all(one.problem for one in found)


def identity(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest(), files.load(path).digest


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_one_changed_byte_in_the_record_is_seen(signed, tmp_path_factory, data):
    content = bytearray(signed.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    changed = tmp_path_factory.mktemp("changed") / "run.json"
    changed.write_bytes(content)
    signatures.bundle(changed).write_bytes(signatures.bundle(signed).read_bytes())
    (one,) = signatures.beside(changed, files.load(signed))
    assert "another run, or" in one.problem


def test_a_signature_of_other_findings_says_so(signed, tmp_path, key):
    path = tmp_path / "run.json"
    record = files.save(example(estimate=0.5), path)
    signatures.bundle(path).write_bytes(signatures.bundle(signed).read_bytes())
    (one,) = signatures.beside(path, record)
    assert one.problem.startswith("for another record, of digest ")
    assert one.name == "Anna Ü", "who signed the other one is told"
    sign(path, record, key)
    assert [one.valid for one in signatures.beside(path, record)] == [False, True]


def test_the_same_findings_by_another_run_are_not_what_was_signed(signed, tmp_path):
    path = tmp_path / "run.json"
    record = example()
    record = files.save(record.model_copy(update={"run": record.run.model_copy(update={"seconds": 2.0})}), path)
    signatures.bundle(path).write_bytes(signatures.bundle(signed).read_bytes())
    (one,) = signatures.beside(path, record)
    assert one.problem.startswith("for the same findings by another run")


def test_who_signs_for_somebody_else_is_told_by_the_key(signed, tmp_path, other):
    """The statement of one and the signature of another do not go together."""
    payload, _ = dsse.unseal(signatures.bundle(signed).read_bytes().strip())
    envelope = json.loads(signatures.bundle(signed).read_bytes())
    envelope["signatures"][0]["sig"] = base64.b64encode(other.sign(dsse.pae(dsse.PAYLOAD_TYPE, payload))).decode()
    forged = tmp_path / "forged"
    forged.write_text(json.dumps(envelope, separators=(",", ":")) + "\n")
    (one,) = signatures.read(forged, *identity(signed))
    assert one.problem.startswith("damaged or forged")


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b'{"signatures":[]}', b"\xff", b"[" * 100_000])
def test_a_line_that_is_none_is_told(signed, tmp_path, line):
    path = tmp_path / "lines"
    path.write_bytes(signatures.bundle(signed).read_bytes() + line + b"\n")
    found = signatures.read(path, *identity(signed))
    assert [one.valid for one in found] == [True, False]
    assert "not a signature" in found[1].problem


def test_a_statement_of_another_kind_is_told(signed, tmp_path, key):
    path = tmp_path / "lines"
    path.write_bytes(dsse.seal(b'{"_type": "https://in-toto.io/Statement/v1"}', key) + b"\n")
    (one,) = signatures.read(path, *identity(signed))
    assert "no sign-off" in one.problem


def test_signatures_are_added_and_the_latest_of_a_role_stands(tmp_path, key, other):
    path = tmp_path / "run.json"
    record = files.save(example(), path)
    assert signatures.beside(path, record) == ()
    sign(path, record, key, role="safety")
    sign(path, record, other, role="Release manager")
    sign(path, record, key, role="SAFETY", decision="do not release")
    found = signatures.beside(path, record)
    assert [one.role for one in found] == ["safety", "Release manager", "SAFETY"]
    assert all(one.valid for one in found)
    for order in (found, found[::-1]):
        standing = {one.role: one.decision for one in signatures.standing(order)}
        assert standing == {"Release manager": "release", "SAFETY": "do not release"}
    assert signatures.signers(found) == 2


def test_one_key_in_two_roles_is_one_signer(tmp_path, key):
    path = tmp_path / "run.json"
    record = files.save(example(), path)
    for role in ("safety", "release manager"):
        sign(path, record, key, role=role)
    found = signatures.beside(path, record)
    assert len(signatures.standing(found)) == 2
    assert signatures.signers(found) == 1


def test_a_signature_that_does_not_hold_does_not_stand(signed, tmp_path, key):
    path = tmp_path / "run.json"
    record = files.save(example(estimate=0.5), path)
    signatures.bundle(path).write_bytes(signatures.bundle(signed).read_bytes())
    assert signatures.signers(signatures.beside(path, record)) == 0


@pytest.mark.parametrize(("role", "name", "said"), [("", "Anna", "role"), ("safety", "  ", "name")])
def test_nobody_signs_without_a_name(tmp_path, key, role, name, said):
    path = tmp_path / "run.json"
    record = files.save(example(), path)
    with pytest.raises(SignatureError, match=f"the {said} of a signature"):
        sign(path, record, key, role=role, name=name)
    assert not signatures.bundle(path).exists()


def test_where_cryptography_is_missing_no_signature_is_valid(signed, monkeypatch):
    for name in ("keys", "dsse"):
        monkeypatch.delitem(sys.modules, f"pytest_robust.record.{name}")
        monkeypatch.delattr(f"pytest_robust.record.{name}")
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    (one,) = signatures.beside(signed, files.load(signed))
    assert one.problem == "signatures need the package cryptography; pip install 'pytest-robust[sign]'"
