"""First passwords at rest: encrypted with a key that only the engine's user can read."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from vmms_tui.model.errors import Failed


class Vault:
    """Encrypts short texts (Fernet: AES-128-CBC and HMAC-SHA-256) with the key in a file, which it makes if needed."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._fernet = Fernet(self._read_or_make())

    def _read_or_make(self) -> bytes:
        try:
            return self._key_file.read_bytes()
        except FileNotFoundError:
            self._key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = Fernet.generate_key()
            descriptor = os.open(self._key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            return key

    def lock(self, text: str) -> str:
        """The text, encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def unlock(self, token: str) -> str:
        """The text again. Raises Failed when the key is another one now."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise Failed(
                f"The password cannot be read: {self._key_file} is not the key that it was encrypted with.",
                "Reset the password of the server to get a new one.",
            ) from None


class ForgetfulVault(Vault):
    """With a key that nobody keeps: for what is only played."""

    def __init__(self) -> None:
        super().__init__(Path())

    def _read_or_make(self) -> bytes:
        return Fernet.generate_key()
