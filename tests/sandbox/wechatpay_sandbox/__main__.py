"""Run the sandbox alone, or around one command.

python -m wechatpay_sandbox [--port N]                 serve until Ctrl-C
python -m wechatpay_sandbox [--port N] -- CMD ARGS...  serve while CMD runs
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from ._environment import environment
from ._keys import make_keys
from ._platform import Platform
from ._server import serve
from ._settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Serve a throw-away platform and give the exit code."""
    own, command = _split(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="python -m wechatpay_sandbox",
        usage="%(prog)s [--port N] [--key-mode MODE] [-- CMD ARGS...]",
        description="WeChat Pay's side of the return-advance operations, on loopback.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any)")
    parser.add_argument(
        "--key-mode",
        choices=("public_key", "certificate", "changeover"),
        default="public_key",
        help="which key signs replies (default: public_key)",
    )
    options = parser.parse_args(own)
    if command == []:
        parser.error("no command after --")
    # A plain kill should clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, _stop)
    platform = Platform(make_keys(), settings=replace(Settings(), key_mode=options.key_mode))
    with (
        tempfile.TemporaryDirectory(prefix="wechatpay-sandbox-") as directory,
        serve(platform, port=options.port) as server,
    ):
        variables = environment(platform.keys, Path(directory), server.base_url)
        if command is None:
            return _wait(variables)
        return _run(command, variables)


def _split(arguments: list[str]) -> tuple[list[str], list[str] | None]:
    if "--" not in arguments:
        return arguments, None
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _wait(variables: dict[str, str]) -> int:
    print("# WeChat Pay sandbox: no real money, throw-away keys. Paste into another terminal:")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print("# Ctrl-C stops it and removes the keys.", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    return 0


def _run(command: list[str], variables: dict[str, str]) -> int:
    # A proxy of the machine must not come between the command and loopback.
    spared = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    no_proxy = f"{spared},127.0.0.1" if spared else "127.0.0.1"
    variables |= {"NO_PROXY": no_proxy, "no_proxy": no_proxy}
    try:
        process = subprocess.Popen(command, env=os.environ | variables)
    except OSError as error:
        print(f"wechatpay_sandbox: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        code = process.wait()
    except KeyboardInterrupt:
        code = process.wait()  # Ctrl-C reached it as well: let it end by itself
    except SystemExit:
        process.terminate()
        process.wait()
        raise
    return 128 - code if code < 0 else code


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
