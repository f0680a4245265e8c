"""Evidence: uploaded once, laid beside answers, taken away again only before it was sent."""

import hashlib

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ranham.submission.evidence import service
from ranham.submission.evidence.rules import Attributes
from tests.submission.evidence.documents import PDF
from tests.submission.life_cycle_machine.answering import NUMBERS, Answering
from tests.submission.life_cycle_machine.book import Key
from tests.submission.life_cycle_machine.stage import REPORTS

CONTENTS = [PDF, PDF + b"%% dua\n"]


class Evidencing(Answering):
    @rule(
        unit=st.sampled_from(["31", "91"]), content=st.sampled_from(CONTENTS), unsigned=st.booleans(),
        kind=st.sampled_from(["letter", "foto"]),
    )  # fmt: skip
    def a_file_is_uploaded(self, unit: str, content: bytes, unsigned: bool, kind: str) -> None:
        def work() -> service.Stored:
            said = Attributes(kind, signed=False if unsigned else None)
            return service.store(
                self.session, self.units[unit], iter([content]), "surat.pdf", attributes=said, by="operator",
                now=self.now,
            )  # fmt: skip

        stored = self.attempt(work, possible=True, kind="upload")
        file = (unit, hashlib.sha256(content).hexdigest())
        assert stored.already_stored is (file in self.files)
        if not stored.already_stored:
            self.files[file] = (stored.evidence.id, unsigned)
            self.chain.append(("evidence.stored", stored.evidence.id))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), key=REPORTS, number=NUMBERS)
    def a_file_is_laid_beside_an_answer(self, data: st.DataObject, key: Key, number: int) -> None:
        self.a_file_is_laid_beside(key, number, self.one_of(data, self.files))

    def a_file_is_laid_beside(self, key: Key, number: int, file: tuple[str, str]) -> None:
        owner, sha = file

        def work() -> tuple[bool]:
            measure = self.measures[key[1], number]
            evidence = self.files[owner, sha][0]
            return (service.attach(self.session, self.report_id(key), measure, evidence, by="operator", now=self.now),)

        added = self.attempt(work, possible=self.may_answer(key) and owner == key[0], kind="attach")
        if added:
            kept = self.edited(key)
            assert added == (sha not in kept.files.get(number, ()),)
            kept.draft.setdefault(number, None)
            kept.files.setdefault(number, set()).add(sha)

    @precondition(lambda self: any(any(kept.files.values()) for kept in self.book.values()))
    @rule(data=st.data())
    def a_file_is_taken_away_from_an_answer(self, data: st.DataObject) -> None:
        key, number, sha = self.one_of(data, self.laid())
        evidence = self.files[key[0], sha][0]

        def work() -> bool:
            measure = self.measures[key[1], number]
            return service.detach(self.session, self.report_id(key), measure, evidence, by="operator", now=self.now)

        if self.attempt(work, possible=self.may_answer(key), kind="detach"):
            self.edited(key).files[number].discard(sha)

    def laid(self) -> list[tuple[Key, int, str]]:
        return [
            (key, number, sha)
            for key, kept in self.book.items() for number in kept.files for sha in sorted(kept.files[number])
        ]  # fmt: skip

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def a_file_is_removed(self, data: st.DataObject) -> None:
        file = self.one_of(data, self.files)
        evidence = self.files[file][0]
        sent = {(key[0], each) for key, kept in self.book.items() for r in kept.revisions for a in r for each in a[4]}
        in_draft = {(key[0], each) for key, _, each in self.laid()}
        free = file not in sent | in_draft
        if self.attempt(
            lambda: service.remove(self.session, evidence, by="operator", now=self.now), possible=free, kind="remove"
        ):
            del self.files[file]
            self.chain.append(("evidence.removed", evidence))
