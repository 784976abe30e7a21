"""Postfix and Dovecot on this machine, with folders of their own: mails go in by STARTTLS and are read by IMAP.

Nothing can leave: every domain but one is refused, and there is no route to anywhere.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.alerts.smtp_server import free_port

DOMAIN, USER, PASSWORD = "ourco.example", "ana@ourco.example", "imap-password"
_START_SECONDS = 20.0

_MAIN = """
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = {who}
smtpd_sasl_auth_enable = {login}
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_tls_auth_only = yes
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {chain}
disable_dns_lookups = yes
maillog_file = /dev/stdout
"""
_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """
base_dir = {base}/run
log_path = {base}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{cert}
ssl_key = <{key}
mail_location = maildir:{base}/mail/%u
default_internal_user = dovecot
default_login_user = dovenull
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={base}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {sasl}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass(frozen=True)
class MailHost:
    """Where mails go in and where they are read."""

    smtp_port: int
    imap_port: int
    ca_file: Path
    mail: Path  # a Maildir for each address


def is_installed() -> bool:
    """Whether both programs are here (Debian: apt-get install postfix dovecot-imapd dovecot-lmtpd)."""
    return shutil.which("postfix", path="/usr/sbin:/usr/bin") is not None and shutil.which("dovecot") is not None


@contextmanager
def mail_host(*, domain: str = DOMAIN, password: str = PASSWORD, login: bool = False) -> Iterator[MailHost]:
    """Both servers, started, and stopped at the end; with `login` nobody hands in a mail without one."""
    with (
        tempfile.TemporaryDirectory(prefix="gonequiet-mail-") as folder,
        _started(Path(folder), domain, password, login=login) as host,
    ):
        yield host


@contextmanager
def _started(folder: Path, domain: str, password: str, *, login: bool) -> Iterator[MailHost]:
    ports = {name: free_port() for name in ("smtp", "imap", "lmtp", "sasl")}
    who = "permit_sasl_authenticated, reject" if login else "reject_unauth_destination"
    means = {"who": who, "login": "yes" if login else "no"}
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    ca_file, chain, cert, key = (folder / name for name in ("ca.pem", "chain.pem", "cert.pem", "key.pem"))
    authority.cert_pem.write_to_path(str(ca_file))
    issued.private_key_and_cert_chain_pem.write_to_path(str(chain))
    issued.private_key_pem.write_to_path(str(key))
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    folder.chmod(0o755)  # the servers' own users must get through
    config, queue, data = folder / "postfix", folder / "queue", folder / "data"
    for made in (config, queue, data, folder / "mail", folder / "run"):
        made.mkdir()
    shutil.chown(data, "postfix")
    shutil.chown(folder / "mail", "nobody", "nogroup")
    (config / "main.cf").write_text(_MAIN.format(queue=queue, data=data, domain=domain, chain=chain, **means, **ports))
    (config / "master.cf").write_text(_MASTER.format(**ports))
    (folder / "dovecot.conf").write_text(_DOVECOT.format(base=folder, cert=cert, key=key, password=password, **ports))
    with (folder / "servers.log").open("wb") as log:
        running = [
            subprocess.Popen(["/usr/sbin/postfix", "-c", str(config), "start-fg"], stdout=log, stderr=log),
            subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")], stdout=log, stderr=log),
        ]
        try:
            for port in ports.values():
                _wait_for(port, folder / "servers.log")
            yield MailHost(ports["smtp"], ports["imap"], ca_file, folder / "mail")
        finally:
            # start-fg runs Postfix's own master under a shell, which would outlive the shell's end.
            subprocess.run(["/usr/sbin/postfix", "-c", str(config), "abort"], check=False, stdout=log, stderr=log)
            for server in running:
                server.terminate()
            for server in running:
                server.wait(timeout=15)


def _wait_for(port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}: {log.read_text(errors='replace')[-2000:]}")
