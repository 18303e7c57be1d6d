"""Break the line that keeps each promise of SECURITY.md, and see the tests linked there fail.

    python -m tests.promises [P12 …]

Works on a copy, one line at a time. A line that is not there, or there twice, is an error: whoever
changes it changes the table, too. Fails if a promise has no line, or a broken one goes unnoticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.test_security import LINK, PROMISES

ROOT = Path(__file__).parent.parent
AUTH = "auth/wechatpay_auth/"
CLIENT = "generated/wechatpay_ecommerce_refund/"


@dataclass(frozen=True)
class Broken:
    """A line, what it is replaced by, and the linked tests of which one has to fail."""

    promise: str
    file: str
    line: str
    instead: str
    tests: tuple[str, ...]


TABLE = (
    Broken(
        "P1",
        CLIENT + "connections.py",
        "made = self._library.Client(**self._options())",
        "made = self._library.Client(verify=False, **self._options())",
        ("test_who_has_no_trusted_certificate_gets_no_request",),
    ),
    Broken(
        "P2",
        AUTH + "_core.py",
        'scheme == "http" and _is_loopback(host)',
        'scheme == "http"',
        ("test_open_http_is_not_spoken_beyond_loopback",),
    ),
    Broken(
        "P3",
        CLIENT + "client.py",
        "answer = http.send(request, auth=watch, follow_redirects=False)",
        "answer = http.send(request, auth=watch, follow_redirects=True)",
        ("test_a_redirect_is_not_followed",),
    ),
    Broken(
        "P3",
        AUTH + "_core.py",
        "if response.request is not request:",
        "if False:",
        ("test_response_to_a_redirected_request_is_not_the_response_to_ours",),
    ),
    Broken(
        "P4",
        AUTH + "_message.py",
        r'return head.encode() + body + b"\n"',
        r'return head.encode() + body[:-1] + b"\n"',
        ("test_each_attempt_is_freshly_signed",),
    ),
    Broken(
        "P4",
        AUTH + "_drivers.py",
        "return secrets.token_hex(16).upper()",
        'return "0" * 32',
        ("test_each_attempt_is_freshly_signed",),
    ),
    Broken(
        "P5",
        AUTH + "_trusted_keys.py",
        "trusted.key.verify(signature, message, PADDING, SHA256)",
        "pass",
        ("test_any_bit_changed_in_a_signed_response_fails",),
    ),
    Broken(
        "P5",
        AUTH + "_rules.py",
        "(unsigned_is_expected or not successful)",
        "True",
        ("test_a_success_that_is_not_proven_is_never_believed",),
    ),
    Broken(
        "P6",
        CLIENT + "operation.py",
        "if self.signed and not verified:",
        "if False:",
        ("test_a_success_that_no_plugin_verified_is_not_believed",),
    ),
    Broken(
        "P7",
        AUTH + "_rules.py",
        "len(absent) == len(SIGNATURE_HEADERS)",
        "absent",
        (
            "test_error_with_a_wrong_signature_raises",
            "test_response_that_is_signed_in_part_is_refused",
        ),
    ),
    Broken(
        "P7",
        CLIENT + "operation.py",
        "            error.verified = verified",
        "            error.verified = True",
        ("test_a_caller_can_tell_a_proven_refusal_from_an_unproven_one",),
    ),
    Broken(
        "P7",
        CLIENT + "resilience.py",
        "settled = refused and isinstance(problem, APIError) and problem.verified",
        "settled = refused",
        ("test_an_unproven_refusal_after_an_unknown_attempt_settles_nothing",),
    ),
    Broken(
        "P8",
        AUTH + "_rules.py",
        "    if age > max_age:",
        "    if False:",
        ("test_a_recorded_response_serves_its_own_call_and_five_minutes",),
    ),
    Broken(
        "P8",
        CLIENT + "operation.py",
        "            _check_echoes(parsed, echoes or {})",
        "            pass",
        ("test_a_genuine_response_to_another_call_is_not_taken_for_this_ones",),
    ),
    Broken(
        "P9",
        AUTH + "_rules.py",
        "if signature_type and signature_type != verifier.algorithm:",
        "if False:",
        ("test_any_other_signature_type_is_refused",),
    ),
    Broken(
        "P10",
        AUTH + "_rules.py",
        '    except ValueError:\n        return b""',
        "    except ZeroDivisionError:\n        raise",
        ("test_probe_or_undecodable_signature_is_a_failed_signature",),
    ),
    Broken(
        "P11",
        AUTH + "_trusted_keys.py",
        "trusted = self._by_serial.get(serial_index(serial_no))\n        if trusted is None:\n"
        "            raise",
        "trusted = self._by_serial.get(serial_index(serial_no), self._ordered[0])\n"
        "        if trusted is None:\n            raise",
        ("test_unknown_serial_is_refused",),
    ),
    Broken(
        "P11",
        AUTH + "_trusted_keys.py",
        "if _HEX.fullmatch(serial_no) else serial_no",
        "if _HEX.fullmatch(serial_no) else serial_no.upper()",
        ("test_key_id_is_compared_exactly",),
    ),
    Broken(
        "P11",
        AUTH + "_certificate_store.py",
        "< RETRY_SECONDS\n",
        "< 0\n",
        ("test_forged_serials_buy_one_download_a_minute",),
    ),
    Broken(
        "P12",
        AUTH + "_certificate_store.py",
        "verify_response(response, certificates | self._trusted.keys, now=now",
        "verify_response(response, certificates, now=now",
        ("test_download_signed_by_a_key_trusted_before_is_trusted",),
    ),
    Broken(
        "P12",
        AUTH + "_certificate_store.py",
        "verify_response(response, certificates | self._trusted.keys, now=now",
        "verify_response(response, self._trusted.keys, now=now",
        ("test_first_response_is_verified_with_the_certificate_it_brought",),
    ),
    Broken(
        "P12",
        AUTH + "_certificate_store.py",
        "        if failure is not None:\n            raise CertificateDownloadError(f",
        "        if False:\n            raise CertificateDownloadError(f",
        ("test_unverified_download_is_not_trusted",),
    ),
    Broken(
        "P12",
        AUTH + "_certificate_download.py",
        'encrypted["associated_data"] != _ASSOCIATED_DATA or ',
        "",
        ("test_what_was_encrypted_for_something_else_is_no_certificate",),
    ),
    Broken(
        "P12",
        AUTH + "_certificate_download.py",
        " or not _ONE_CERTIFICATE.fullmatch(pem)",
        "",
        ("test_what_was_encrypted_for_something_else_is_no_certificate",),
    ),
    Broken(
        "P12",
        AUTH + "_certificate_download.py",
        "    if issuers:\n        raise",
        "    if False:\n        raise",
        ("test_issuers_are_asked_for_if_given",),
    ),
    Broken(
        "P12",
        AUTH + "_core.py",
        'for name, value in request.extensions.items() if name == "timeout"}',
        "for name, value in request.extensions.items()}",
        ("test_download_takes_nothing_of_the_call_but_its_timeouts",),
    ),
    Broken(
        "P13",
        AUTH + "_certificate_store.py",
        "self._trusted = self._verified(kept, now, max_age=KEPT_SECONDS)",
        "self._trusted = self._trusting(RSAVerifier(read_certificates(kept.body, self.api_v3_key, "
        "now=now)), fetched_at=now)",
        ("test_cache_that_was_changed_is_not_trusted",),
    ),
    Broken(
        "P13",
        AUTH + "_certificate_store.py",
        "self._verified(kept, now, max_age=KEPT_SECONDS)",
        'self._verified(kept, now, max_age=float("inf"))',
        ("test_cache_older_than_twelve_hours_brings_nothing_back",),
    ),
    Broken(
        "P13",
        AUTH + "_certificate_store.py",
        "if self.path.stat().st_size > _MAX_BYTES:",
        "if False:",
        ("test_cache_that_is_too_large_is_not_read",),
    ),
    Broken(
        "P14",
        AUTH + "_key_forms.py",
        "if key.key_size < MIN_RSA_BITS:",
        "if False:",
        ("test_short_keys_are_refused",),
    ),
    Broken(
        "P15",
        AUTH + "_bounded_body.py",
        "SIGNED_LIMIT = 1 << 20",
        "SIGNED_LIMIT = 1 << 30",
        ("test_a_response_beyond_its_bounds_is_not_read",),
    ),
    Broken(
        "P15",
        AUTH + "_bounded_body.py",
        "            if size > limit:\n                raise _too_long(size",
        "            if False:\n                raise _too_long(size",
        ("test_bomb_is_not_let_off",),
    ),
    Broken(
        "P16",
        AUTH + "_bounded_body.py",
        "if ends_at is not None and time.monotonic() > ends_at:",
        "if False:",
        ("test_drip_ends_when_the_total_time_is_over",),
    ),
    Broken(
        "P16",
        CLIENT + "client.py",
        "else min(own, seconds)",
        "else own",
        ("test_an_attempt_never_outlasts_the_deadline",),
    ),
    Broken(
        "P16",
        CLIENT + "resilience.py",
        "        left = end - retry.clock()",
        "        left = retry.deadline",
        ("test_an_attempt_never_outlasts_the_deadline",),
    ),
    Broken(
        "P17",
        CLIENT + "operation.py",
        "except (ValueError, RecursionError) as error:",
        "except ValueError as error:",
        ("test_an_unreadable_success_names_what_is_wrong_and_keeps_the_body",),
    ),
    Broken(
        "P17",
        CLIENT + "resilience.py",
        "    except Exception:  # noqa: BLE001 - anybody",
        "    except ValueError:  # noqa: BLE001 - anybody",
        ("test_hostile_responses_end_in_documented_errors_only",),
    ),
    Broken(
        "P17",
        AUTH + "_certificate_forms.py",
        "except (ValueError, x509.InvalidVersion, Warning):",
        "except ValueError:",
        ("test_a_certificate_of_a_version_that_does_not_exist_is_refused",),
    ),
    Broken(
        "P17",
        CLIENT + "reading.py",
        "        return rest\n",
        "        return {}\n",
        ("test_a_new_field_is_kept",),
    ),
    Broken(
        "P18",
        CLIENT + "resilience.py",
        "            may_have_happened |= _may_have_happened(answer, problem)",
        "            may_have_happened = _may_have_happened(answer, problem)",
        ("test_every_ending_is_documented_and_claims_what_is_known",),
    ),
    Broken(
        "P18",
        CLIENT + "resilience.py",
        "if may_have_happened and not settled and not call.is_safe:",
        "if False:",
        ("test_an_unknown_outcome_names_the_query_that_settles_it",),
    ),
    Broken(
        "P18",
        CLIENT + "resilience.py",
        "if not goes_on or left <= 0:",
        "if not goes_on:",
        ("test_every_ending_is_documented_and_claims_what_is_known",),
    ),
    Broken(
        "P18",
        CLIENT + "library.py",
        'if event.endswith(".send_request_headers.started"):',
        "if False:",
        ("test_the_last_of_several_sends_does_not_hide_that_the_first_one_left",),
    ),
    Broken(
        "P18",
        CLIENT + "library.py",
        "if current is self._request or current.method == self._request.method:",
        "if current is self._request:",
        ("test_a_signed_copy_in_place_of_the_request_is_the_call_as_well",),
    ),
    Broken(
        "P18",
        CLIENT + "resilience.py",
        "if isinstance(broken, Failed):",
        "if False:",
        ("test_a_pause_that_fails_does_not_hide_that_a_create_may_have_happened",),
    ),
    Broken(
        "P19",
        CLIENT + "resilience.py",
        "and (_status(problem) == _TOO_MANY or (asking and not not_found))",
        "and False",
        ("test_after_429_a_create_is_not_repeated_before_its_query",),
    ),
    Broken(
        "P20",
        CLIENT + "checks.py",
        "if pattern is not None and _compiled(pattern).search(value) is None:",
        "if False:",
        ("test_a_bad_number_never_reaches_the_wire",),
    ),
    Broken(
        "P21",
        CLIENT + "connections.py",
        "    for connections in _everyone:\n        connections.leave()\n",
        "",
        ("test_both_processes_get_their_own_responses",),
    ),
    Broken(
        "P21",
        CLIENT + "connections.py",
        "        _left.append((self._made, self._async_made))\n        self._async_made = {}\n",
        "        _left.append((self._made, self._async_made))\n",
        ("test_a_child_in_which_the_loop_goes_on_has_connections_of_its_own",),
    ),
    Broken(
        "P22",
        AUTH + "_rules.py",
        "    if age < -max_age:",
        "    if False:",
        ("test_a_clock_that_jumps_during_a_call_makes_it_unknown_and_repeating_settles_it",),
    ),
    Broken(
        "P23",
        AUTH + "_certificate_store.py",
        "        del api_v3_key, mchid, issuers\n",
        "",
        ("test_wrong_setting_shows_no_secret",),
    ),
    Broken(
        "P24",
        AUTH + "_signer.py",
        'raise TypeError("a signer holds',
        'return (str, ()) and TypeError("a signer holds',
        ("test_what_holds_a_secret_is_not_pickled_and_not_copied",),
    ),
    Broken(
        "P25",
        CLIENT + "attempts.py",
        'return f"{text}, {follows}: {in_one_line(self.problem)}"',
        'return f"{text}, {follows}: {in_one_line(self.problem)}, signature="',
        ("test_every_attempt_is_told_and_logged_without_secrets",),
    ),
    Broken(
        "P26",
        CLIENT + "base_errors.py",
        "    if text.isprintable():\n        return text\n",
        "    return text\n",
        ("test_what_a_response_says_is_no_record_of_its_own",),
    ),
    Broken(
        "P26",
        AUTH + "_errors.py",
        "return repr(value if len(value) <= 80 else",
        "return str(value if len(value) <= 80 else",
        ("test_refusal_shows_hostile_header_text_harmlessly",),
    ),
    Broken(
        "P27",
        AUTH + "_doctor.py",
        "status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):",
        "status.st_mode & stat.S_IRWXO:",
        ("test_file_that_others_may_read",),
    ),
    Broken(
        "P28",
        "generator/docs/sources.py",
        "LONGEST = 4_000_000",
        "LONGEST = 8_000_000",
        ("test_endless_address",),
    ),
    Broken(
        "P29",
        "generator/text.py",
        """    if character in '"\\\\':\n        return""",
        """    if False:\n        return""",
        ("test_a_text_is_itself_in_a_literal",),
    ),
    Broken(
        "P30",
        CLIENT + "base_errors.py",
        "_LONGEST: Final = 1000",
        "_LONGEST: Final = 1001",
        ("test_the_committed_package_is_what_the_generator_writes",),
    ),
    Broken(
        "P31",
        "pyproject.toml",
        '    "cryptography>=43",\n',
        '    "cryptography>=43",\n    "requests",\n',
        ("test_runtime_dependencies_are_few_and_known",),
    ),
    Broken(
        "P31",
        "Makefile",
        "EXACTLY := --require-hashes --no-deps",
        "EXACTLY := --no-deps",
        ("test_nothing_that_is_installed_is_resolved_anew",),
    ),
    Broken(
        "P32",
        AUTH + "_drivers.py",
        "        verify_notice(arrived, exchange.verifier, exchange.clock())\n",
        "",
        ("test_a_notice_that_was_changed_is_refused_with_a_way_on",),
    ),
    Broken(
        "P32",
        AUTH + "_notices.py",
        "verify_response(arrived, verifier, now=now)",
        "verify_response(arrived, verifier, now=float(arrived.headers.get(_TIMESTAMP, 0)))",
        ("test_notices",),
    ),
    Broken(
        "P33",
        AUTH + "_notices.py",
        "    if algorithm != AEAD_AES_256_GCM:",
        "    if False:",
        ("test_notices",),
    ),
    Broken(
        "P33",
        AUTH + "_api_v3_key.py",
        "associated_data.encode(),\n",
        "b'refund' if associated_data == 'x' else associated_data.encode(),\n",
        ("test_notices",),
    ),
    Broken(
        "P34",
        AUTH + "_certificate_store.py",
        "due = due and self._may_try_again(now)",
        "due = due or self._is_wanted",
        ("test_certificate_mode_downloads_after_a_notice_by_a_certificate_that_is_not_known",),
    ),
    Broken(
        "P34",
        AUTH + "_notices.py",
        '"message": "the notice was not accepted"',
        '"message": str(error)',
        ("test_a_failure_says_the_same_whatever_went_wrong",),
    ),
    Broken(
        "P35",
        AUTH + "_encryption.py",
        "            del text\n",
        "",
        ("test_a_text_that_cannot_be_encrypted_is_named_and_not_shown",),
    ),
    Broken(
        "P35",
        AUTH + "_drivers.py",
        "        del ciphertext  # it may be a plain text by mistake\n",
        "",
        ("test_what_does_not_decrypt_is_one_error_that_shows_nothing",),
    ),
    Broken(
        "P35",
        AUTH + "_notices.py",
        "resource: dict[str, object] = attrs.field(repr=False)",
        "resource: dict[str, object]",
        ("test_repr_shows_nothing_of_the_resource",),
    ),
    Broken(
        "P36",
        AUTH + "_core.py",
        'elif b"\\r\\n\\r\\n" + signed + b"\\r\\n--" in request.content:',
        "elif signed:",
        ("test_upload_that_signs_other_bytes_than_it_sends_is_refused",),
    ),
    Broken(
        "P37",
        "generator/runtime/sensitive.py",
        "if self.encrypted and self.plain is None:",
        "if False:",
        ("test_plain_text_is_not_sent_without_a_client",),
    ),
    Broken(
        "P37",
        "generator/runtime/sensitive.py",
        "raise InvalidInputError(where, error.rule, _HIDDEN) from None",
        "raise",
        ("test_a_field_that_cannot_be_encrypted_is_told_and_not_shown",),
    ),
    Broken(
        "P38",
        "generator/runtime/downloads.py",
        "if value == self._expected:",
        "if value:",
        ("test_a_file_that_is_not_the_announced_one_is_not_kept",),
    ),
    Broken(
        "P38",
        "generator/runtime/downloads.py",
        "if parsed.userinfo or _origin(parsed) not in map(_origin, known):",
        "if parsed.userinfo:",
        ("test_an_announcement_that_cannot_be_used_is_told_before_anything_is_sent",),
    ),
)


def main(wanted: list[str]) -> int:
    chosen = [one for one in TABLE if not wanted or one.promise in wanted]
    without = set(PROMISES) - {one.promise for one in TABLE}
    problems = [f"{promise}: no line is broken for it" for promise in sorted(without)]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_to(copy)
        if _run(copy, sorted({name for one in chosen for name in _linked(one)}), told=True):
            problems.append("the linked tests fail although nothing is broken")
            chosen = []
        for one in chosen:
            problem = _broken(copy, one)
            print(f"{one.promise:4}{problem or 'noticed'}: {one.line.strip()[:70]!r}")  # noqa: T201
            if problem:
                problems.append(f"{one.promise}: {problem}: {one.file}: {one.line!r}")
    print(*problems, sep="\n")  # noqa: T201
    print(f"{len(chosen)} lines in {time.monotonic() - begun:.0f} s")  # noqa: T201
    return 1 if problems else 0


def _copy_to(copy: Path) -> None:
    """Copy what git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"],  # noqa: S607 - wherever git is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)


def _linked(one: Broken) -> list[str]:
    """The tests, as pytest names them."""
    links = {name: path for _, name, path in LINK.findall(PROMISES[one.promise])}
    missing = [name for name in one.tests if name not in links]
    if missing:
        raise SystemExit(f"{one.promise} does not link {', '.join(missing)}")
    return [f"{links[name]}::{name}" for name in one.tests]


def _broken(copy: Path, one: Broken) -> str | None:
    """Why a broken line is no proof; None if a linked test noticed it."""
    file = copy / one.file
    text = file.read_text(encoding="utf-8")
    if text.count(one.line) != 1:
        return f"the line is there {text.count(one.line)} times"
    file.write_text(text.replace(one.line, one.instead), encoding="utf-8")
    try:
        code = _run(copy, _linked(one))
    finally:
        file.write_text(text, encoding="utf-8")
    # 1: a test failed. Everything else says that none was run to its end.
    return {0: "NOT NOTICED", 1: None}.get(code, f"pytest ended with {code}")


def _run(copy: Path, tests: list[str], *, told: bool = False) -> int:
    paths = ["generated", "auth", "tests/sandbox", "."]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(copy / path) for path in paths),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env=environment,
        stdout=None if told else subprocess.DEVNULL,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
