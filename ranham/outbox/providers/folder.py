"""A folder that messages become files in: what is used as long as nothing else is configured."""

import os
from dataclasses import dataclass
from pathlib import Path

from ranham.outbox.message import NOBODY, made_of, sender_fault
from ranham.outbox.providers import Answer, Letter
from ranham.outbox.states import Outcome


@dataclass(frozen=True, slots=True)
class Folder:
    """Each message is one file named by its Message-ID; written twice it is the same file."""

    path: Path
    sender: str = NOBODY
    name: str = "folder"
    per_minute: int | None = None

    @property
    def repeatable(self) -> bool:
        return True

    def line(self) -> "FolderLine":
        return FolderLine(self)


@dataclass(slots=True)
class FolderLine:
    folder: Folder
    open: bool = False

    def connect(self) -> Answer | None:
        if fault := sender_fault(self.folder.sender):
            return fault
        try:
            self.folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return Answer(Outcome.UNREACHABLE, f"the folder cannot be made: {error.strerror}")
        self.open = True
        return None

    def send(self, letter: Letter) -> Answer:
        data = made_of(letter, self.folder.sender)
        if isinstance(data, Answer):
            return data
        target = self.folder.path / f"{letter.message_id}.eml"
        # Two workers never write the same message at once, but one that was taken for dead may still be writing.
        draft = target.with_suffix(f".{os.getpid()}.part")
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        except OSError as error:
            self.open = False
            return Answer(Outcome.UNREACHABLE, f"the file cannot be written: {error.strerror}")
        return Answer(Outcome.ACCEPTED, provider_ref=target.name)

    def close(self) -> None:
        self.open = False
