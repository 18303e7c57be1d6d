"""Run the sandbox alone, around one command, or as a demo.

python -m wechatpay_sandbox [OPTIONS]                 serve until Ctrl-C
python -m wechatpay_sandbox [OPTIONS] -- CMD ARGS...  serve while CMD runs
python -m wechatpay_sandbox --demo                    show the life of a return-advance
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from ._actions import Actions
from ._demo import Demo
from ._environment import environment, trust
from ._keydir import load_or_make_keys
from ._keys import make_keys
from ._platform import Platform
from ._proxy import serve_proxy
from ._server import serve
from ._settings import Settings
from ._store import MemoryStore, SQLiteStore
from ._tls import make_tls


def main(arguments: list[str] | None = None) -> int:
    """Serve a throw-away platform and give the exit code."""
    # A console that has no Chinese must not end the command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    own, command = _split(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    options = parser.parse_args(own)
    if command == []:
        parser.error("no command after --")
    if options.demo:
        Demo(
            make_keys(), print, coloured=sys.stdout.isatty() and "NO_COLOR" not in os.environ
        ).run()
        return 0
    # A plain kill should clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, _stop)
    with ExitStack() as stack:
        try:
            variables = _start(options, stack)
        except (ValueError, OSError, OverflowError, sqlite3.Error) as error:
            print(f"wechatpay_sandbox: {error}", file=sys.stderr)
            return 2
        return _wait(variables) if command is None else _run(command, variables)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m wechatpay_sandbox",
        usage="%(prog)s [OPTIONS] [-- CMD ARGS...]",
        description="WeChat Pay's side of the return-advance operations, on loopback.",
    )
    add = parser.add_argument
    add("--demo", action="store_true", help="show the life of a return-advance, and end")
    add(
        "--spec",
        type=Path,
        metavar="FILE",
        help="play every operation of this OpenAPI file (default: the return-advance)",
    )
    add("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1 (default: any)")
    add("--backup", action="store_true", help="serve a second host as well")
    add("--tls", action="store_true", help="HTTPS, with a throw-away authority")
    add(
        "--proxy",
        action="store_true",
        help="run a proxy, too, that leads the official hosts here; implies --tls",
    )
    add(
        "--key-mode",
        choices=("public_key", "certificate", "changeover"),
        default="public_key",
        help="which key signs replies (default: public_key)",
    )
    add(
        "--keys",
        type=Path,
        metavar="DIR",
        help="use the keys in DIR; make the missing ones there (default: made, and removed)",
    )
    add("--latency", type=float, default=0.0, metavar="S", help="seconds every reply takes")
    add("--scenario", type=Path, metavar="FILE", help="actions for the start, YAML or JSON")
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep the state in a SQLite file and in FILE.keys; once it exists, what it says "
        "wins over --key-mode, --latency and --scenario (default: in memory)",
    )
    return parser


def _start(options: argparse.Namespace, stack: ExitStack) -> dict[str, str]:
    """Start all that was asked for and give the variables that lead there."""
    directory: Path | None = options.keys
    if directory is None and options.state is not None:
        directory = options.state.with_name(f"{options.state.name}.keys")
    temporary = tempfile.TemporaryDirectory(prefix="wechatpay-sandbox-")
    files = Path(stack.enter_context(temporary))
    keys = load_or_make_keys(directory) if directory else make_keys()
    store = SQLiteStore(options.state) if options.state else MemoryStore()
    if isinstance(store, SQLiteStore):
        stack.callback(store.close)
    settings = Settings(key_mode=options.key_mode, latency=options.latency)
    platform = Platform(keys, spec=options.spec, settings=settings, store=store)
    if platform.resumed:
        print(
            "# The state file brings books and settings along; --key-mode, --latency and", end=" "
        )
        print("--scenario set up a fresh one only.")
    elif options.scenario:
        Actions(platform).run_file(options.scenario)
    tls = make_tls() if options.tls or options.proxy else None
    server = stack.enter_context(serve(platform, port=options.port, tls=tls))
    variables = environment(
        keys, directory or files, server.base_url, key_mode=platform.settings.key_mode
    )
    if options.backup:
        variables["WECHATPAY_BACKUP_URL"] = stack.enter_context(serve(platform, tls=tls)).base_url
    if tls is not None:
        authority = files / "sandbox_authority.pem"
        authority.write_text(tls.authority_pem, encoding="ascii")
        variables |= trust(authority)
    if options.proxy:
        variables["HTTPS_PROXY"] = stack.enter_context(serve_proxy(server)).url
    return variables


def _split(arguments: list[str]) -> tuple[list[str], list[str] | None]:
    if "--" not in arguments:
        return arguments, None
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _wait(variables: dict[str, str]) -> int:
    print("# WeChat Pay sandbox: no real money, throw-away keys. Paste into another terminal:")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print("# Ctrl-C stops it and removes what it made.", flush=True)
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
