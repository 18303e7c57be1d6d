"""What a contender is given, as a file: names, keys and addresses."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

REFUND_ID = "50000000382019052709732678859"
SUB_MCHID = "1900000109"
PATH = f"/v3/ecommerce/refunds/{REFUND_ID}/return-advance"
BODY = json.dumps({"sub_mchid": SUB_MCHID}, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Setting:
    """Both sides' keys as the merchant console hands them out, and where the server listens."""

    mchid: str
    serial_no: str
    private_key: str
    public_key_id: str
    public_key: str
    api_v3_key: str
    plain: str
    tls: str
    authority: str
    """A file with the certificate of the throw-away authority."""

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: str) -> Setting:
        return cls(**json.loads(Path(file).read_text(encoding="utf-8")))

    def address(self, scheme: str) -> str:
        return self.tls if scheme == "tls" else self.plain
