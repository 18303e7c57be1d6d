"""One way to fail: whatever the platform does, a call ends in a result or in one clear error."""

from __future__ import annotations

import pickle

import pytest
from wechatpay_auth import RSASigner, RSAVerifier, VerificationError
from wechatpay_ecommerce_refund import (
    APIError,
    Call,
    ClientError,
    InvalidInputError,
    InvalidResponseError,
    OutcomeUnknown,
    errors,
)
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import Keys, Platform, faults

from tests.conftest import REFUND, SUB_MCHID, Caller
from tests.end_to_end.test_success import CREATE, QUERY


def create_of(refund_id: str, sub_mchid: str = SUB_MCHID) -> Call[object]:
    return create_return_advance.bind(
        refund_id, body=CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
    )


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("PARAM_ERROR", errors.ParamError, 400),
        ("INVALID_REQUEST", errors.InvalidRequestError, 400),
        ("MCH_NOT_EXISTS", errors.MchNotExistsError, 400),
        ("NO_AUTH", errors.NoAuthError, 403),
        ("NOT_ENOUGH", errors.NotEnoughError, 403),
        ("REQUEST_BLOCKED", errors.RequestBlockedError, 403),
        ("RESOURCE_NOT_EXISTS", errors.ResourceNotExistsError, 404),
    ],
)
def test_each_documented_refusal_has_its_class(
    caller: Caller, platform: Platform, code: str, kind: type[APIError], status: int
) -> None:
    platform.next(faults.error(code))
    with pytest.raises(kind) as caught:
        caller.call(CREATE)
    error = caught.value
    assert (error.status_code, error.code, error.verified) == (status, code, True)
    assert error.message
    assert error.request_id
    assert error.method == "POST"
    assert error.url.endswith(CREATE.target)
    assert [attempt.status_code for attempt in error.attempts] == [status]


def test_a_new_code_is_a_plain_api_error(caller: Caller, platform: Platform) -> None:
    platform.next(faults.error("NO_AUTH"), faults.set_fields(code="BRAND_NEW"))
    with pytest.raises(APIError) as caught:
        caller.call(CREATE)
    assert type(caught.value) is APIError
    assert caught.value.code == "BRAND_NEW"


def test_detail_says_which_field_and_why(caller: Caller, platform: Platform) -> None:
    platform.next(
        faults.error("PARAM_ERROR"),
        faults.set_fields(
            detail={"location": "body", "field": "/sub_mchid", "value": 1, "issue": "too short"}
        ),
    )
    with pytest.raises(errors.ParamError, match="/sub_mchid: too short") as caught:
        caller.call(CREATE)
    error = caught.value
    assert (error.location, error.field, error.issue) == ("body", "/sub_mchid", "too short")


@pytest.mark.parametrize("unsigned", [False, True], ids=["proven", "unproven"])
def test_a_caller_can_tell_a_proven_refusal_from_an_unproven_one(
    caller: Caller, platform: Platform, *, unsigned: bool
) -> None:
    platform.next(faults.error("RESOURCE_NOT_EXISTS"), *([faults.unsigned()] if unsigned else []))
    with pytest.raises(errors.ResourceNotExistsError) as caught:
        caller.call(QUERY)
    assert caught.value.verified is not unsigned


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("", "body is empty"),
        ("<html>busy</html>", "body is not JSON"),
        ('{"refund_id": "5000', "body is not JSON"),
        ('{"return_amount": NaN}', "body is not JSON"),
        ("[" * 100_000, "body is not JSON"),
        ("[]", "body must be an object, not list"),
        ("{}", "refund_id is missing"),
    ],
    ids=["empty", "HTML", "truncated", "NaN", "endless nesting", "list", "empty object"],
)
def test_an_unreadable_success_names_what_is_wrong_and_keeps_the_body(
    caller: Caller, platform: Platform, body: str, where: str
) -> None:
    caller.call(CREATE)
    platform.next(faults.body(body))
    with pytest.raises(InvalidResponseError, match=where) as caught:
        caller.call(QUERY)
    assert caught.value.body == body.encode()
    assert caught.value.verified


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        (faults.remove_fields("advance_return_id"), "advance_return_id is missing"),
        (faults.set_fields(return_amount="888"), "return_amount must be a whole number, not str"),
        (faults.set_fields(return_amount=True), "return_amount must be a whole number, not bool"),
        (faults.set_fields(return_amount=8.88), "return_amount must be a whole number, not float"),
        (faults.set_fields(payer_mchid=None), "payer_mchid must be text, not NoneType"),
        (faults.set_fields(result=7), "result must be text, not int"),
    ],
    ids=["missing", "digits", "boolean", "fraction", "null", "number"],
)
def test_a_missing_or_mistyped_field_is_named(
    caller: Caller, platform: Platform, fault: faults.Fault, where: str
) -> None:
    caller.call(CREATE)
    platform.next(fault)
    with pytest.raises(InvalidResponseError, match=where):
        caller.call(QUERY)


def test_a_genuine_response_to_another_call_is_not_taken_for_this_ones(
    caller: Caller, platform: Platform
) -> None:
    """A signature covers the response, not the request: a recorded one could be played again."""
    caller.call(CREATE)
    platform.next(faults.set_fields(refund_id="50000000382019052709732678860"))
    with pytest.raises(
        InvalidResponseError, match=r"^refund_id is not .* belongs to another"
    ) as caught:
        caller.call(QUERY)
    assert caught.value.verified
    platform.next(faults.set_fields(refund_id="50000000382019052709732678860"))
    with pytest.raises(OutcomeUnknown, match="belongs to another call"):
        caller.call(CREATE)


def test_an_unreadable_response_to_a_create_is_an_unknown_outcome(
    caller: Caller, platform: Platform
) -> None:
    platform.next(faults.body("{}"))
    with pytest.raises(OutcomeUnknown, match="refund_id is missing") as caught:
        caller.call(CREATE)
    assert isinstance(caught.value.__cause__, InvalidResponseError)
    assert caught.value.__cause__.body == b"{}"


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        (faults.answer(202), errors.NotProcessedError, 202),
        (faults.error("FREQUENCY_LIMITED"), errors.RateLimitError, 429),
        (faults.answer(429), errors.RateLimitError, 429),
        (faults.error("SYSTEM_ERROR"), errors.PlatformSystemError, 500),
        (faults.bad_gateway(), errors.BadGatewayError, 502),
        (faults.answer(503), errors.ServiceUnavailableError, 503),
        (faults.answer(599), APIError, 599),
        (faults.answer(204), APIError, 204),
        (faults.answer(302), APIError, 302),
    ],
)
def test_what_settles_nothing_is_an_error_for_a_query_and_unknown_for_a_create(
    caller: Caller, platform: Platform, fault: faults.Fault, kind: type[APIError], status: int
) -> None:
    platform.next(fault, times=2)
    with pytest.raises(APIError) as queried:
        caller.call(QUERY)
    assert type(queried.value) is kind
    assert queried.value.status_code == status
    with pytest.raises(OutcomeUnknown) as created:
        caller.call(CREATE)
    assert type(created.value.__cause__) is kind


@pytest.mark.parametrize(
    "fault",
    [
        faults.flip_signature(),
        faults.tamper_body("888", "889"),
        faults.probe_signature(),
        faults.timestamp_off(-400),
        faults.timestamp_off(400),
        faults.unsigned(),
        faults.set_header("Wechatpay-Serial", "PUB_KEY_ID_0"),
        faults.set_header("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
        faults.drop_headers("Wechatpay-Nonce"),
    ],
    ids=lambda fault: fault.name,
)
def test_a_success_that_is_not_proven_is_never_believed(
    caller: Caller, platform: Platform, fault: faults.Fault
) -> None:
    platform.next(fault, method="POST")
    with pytest.raises(OutcomeUnknown) as caught:
        caller.call(CREATE)
    assert isinstance(caught.value.__cause__, VerificationError)
    assert platform.log[-1].state_changed, "it did happen: calling it a failure would be wrong"
    platform.next(fault)
    with pytest.raises(VerificationError):
        caller.call(QUERY)


def test_an_unknown_outcome_names_the_query_that_settles_it(
    caller: Caller, platform: Platform
) -> None:
    platform.next(faults.drop_connection(after_change=True))
    with pytest.raises(OutcomeUnknown) as caught:
        caller.call(CREATE)
    error = caught.value
    assert "may or may not have happened" in str(error)
    assert "query with queryReturnAdvance: GET" in str(error)
    assert error.query == QUERY
    assert caller.call(QUERY).parsed.result == "PROCESSING"


def test_a_refused_connection_is_no_unknown_outcome(caller: Caller, refused_url: str) -> None:
    caller.base_url = refused_url
    with pytest.raises(caller.library.ConnectError):
        caller.call(CREATE)


def test_a_response_that_never_comes_ends_in_time(caller: Caller, platform: Platform) -> None:
    caller.timeout = 0.05
    platform.next(faults.delay(5))
    with pytest.raises(OutcomeUnknown) as caught:
        caller.call(CREATE)
    assert isinstance(caught.value.__cause__, caller.library.ReadTimeout)


def test_errors_can_be_pickled(caller: Caller, platform: Platform) -> None:
    platform.next(faults.error("NOT_ENOUGH"))
    with pytest.raises(APIError) as refused:
        caller.call(CREATE)
    platform.next(faults.drop_connection())
    with pytest.raises(OutcomeUnknown) as unknown:
        caller.call(CREATE)
    with pytest.raises(InvalidInputError) as wrong:
        create_of("")
    for error in (refused.value, unknown.value, wrong.value):
        copy: ClientError = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert (type(copy), str(copy)) == (type(error), str(error))
        assert copy.attempts == error.attempts


@pytest.mark.parametrize(
    "bad",
    ["", "9" * 33, "1/2", "..", ".", "1?x=1", "1#", "%2e%2e", "1 2", "1\n", "１２", "a\\b"],
    ids=repr,
)
def test_a_bad_number_never_reaches_the_wire(platform: Platform, bad: str) -> None:
    def query_of(refund_id: str, sub_mchid: str) -> Call[object]:
        return query_return_advance.bind(refund_id, sub_mchid=sub_mchid)

    for where, bind, arguments in (
        ("refund_id", create_of, (bad, SUB_MCHID)),
        ("refund_id", query_of, (bad, SUB_MCHID)),
        ("body.sub_mchid", create_of, (REFUND, bad)),
        ("sub_mchid", query_of, (REFUND, bad)),
    ):
        with pytest.raises(InvalidInputError) as caught:
            bind(*arguments)
        assert caught.value.where == where
        assert caught.value.value == bad
        assert caught.value.rule in str(caught.value)
    assert platform.log == ()


def test_a_wrong_type_never_reaches_the_wire() -> None:
    with pytest.raises(InvalidInputError, match="refund_id must be text, not int"):
        create_of(5000)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(
        InvalidInputError, match="body must be a CreateReturnAdvanceRequest, not dict"
    ):
        create_return_advance.bind(REFUND, body={})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_an_undocumented_field_never_reaches_the_wire() -> None:
    body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID, additional_properties={"amount": 1})
    with pytest.raises(InvalidInputError, match=r"body\.amount is not a field"):
        create_return_advance.bind(REFUND, body=body)


def test_a_refused_signature_says_what_is_likely_wrong(
    caller: Caller, platform: Platform, keys: Keys
) -> None:
    """Signed with another key than the certificate's: the platform's own text says 'wrong'."""
    caller.auth = type(caller.auth)(
        keys.mchid,
        signer=RSASigner.from_pem(
            keys.certificate.private_key_pem, serial_no=keys.merchant.serial_no
        ),
        verifier=RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem),
    )
    with pytest.raises(errors.SignError) as caught:
        caller.call(CREATE)
    error = caught.value
    assert error.diagnosis is not None
    assert error.diagnosis in str(error)
    assert "key" in error.diagnosis
    assert not error.verified
    assert platform.requests()[0].authorization["signature"] not in str(error)
