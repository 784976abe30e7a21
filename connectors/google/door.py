"""The one door to Google: every call is paid for first, limited in time, tried again, and its failure translated."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from googleapiclient.http import BatchHttpRequest

from connectors.base import CursorExpired, ServiceUnavailable
from connectors.budget import Lane, Pacer
from connectors.google.costs import BATCH
from connectors.google.refusals import FAILURES, Meaning, Verdict, denied, verdict_on

_ATTEMPTS = 6
_PART_ATTEMPTS = 4
_SMALLEST_BATCH = 5
_LONGEST_PAUSE = 32.0


class NotThere(Exception):
    """404: what was asked for does not exist at Google; the caller knows what that means."""


@dataclass(slots=True)
class Answers:
    """What a set of calls brought: answers by name, what is missing, and what could not be read this time."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)


class Door:
    """Calls and batches of one account. `http` carries the credentials and the time limit.

    A door that never `repeats` is for calls that change something: what may have been carried out is not sent again,
    and ServiceUnavailable says that nobody knows. A refusal for going too fast was certainly not carried out.
    """

    def __init__(self, http: Any, pacer: Pacer, *, batch_uri: str, name: str, repeats: bool = True) -> None:
        self._http = http
        self._repeats = repeats
        self.pacer = pacer
        self._batch_uri = batch_uri
        self._batch_size = BATCH
        # Workers that were refused together must not come back together.
        self._spread = 1 + (zlib.crc32(name.encode()) % 100) / 200

    def close(self) -> None:
        """Give back the connections, to the service and to the token endpoint: for who calls once and is done."""
        bounded = getattr(self._http.credentials, "bounded", None)
        for connection in (self._http.http, getattr(bounded, "http", None)):
            if connection is not None:
                connection.close()

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, request: Any, units: float, *, answers_nothing: bool = False) -> dict[str, Any]:
        """The answer to one request; NotThere for 404, CursorExpired for 410, else one of the connector's errors.

        `answers_nothing`: this method has no answer, so none is {}.
        """
        last: Verdict | None = None
        for attempt in range(_ATTEMPTS):
            self.pacer.spend(units)
            try:
                answer = request.execute(http=self._http, num_retries=0)
            except FAILURES as e:
                last = verdict_on(e)
                self._raise_what_is_final(last, e)
                if not self._repeats and last.meaning is not Meaning.SLOWER:
                    raise _away(last) from e
                self._hold(last, attempt)
            else:
                # The client hands out as text what it cannot parse, and "" for a body that was cut at its first byte:
                # taken for an empty listing that would sweep a mailbox away.
                if isinstance(answer, dict):
                    return answer
                if answers_nothing and not answer:
                    return {}
                last = verdict_on(ValueError())
                if not self._repeats:
                    break
                self._hold(last, attempt)
        raise _away(last)

    def batch(
        self, requests: Mapping[str, Callable[[], Any]], units: Mapping[str, float], lane: Lane = Lane.LIVE
    ) -> Answers:
        """The answers to many requests, each settled on its own; a failed part is sent again, alone if need be."""
        answers = Answers()
        todo = list(requests)
        tries: Counter[str] = Counter()
        bad_rounds = 0
        while todo:
            chunk = self._chunk(todo, units)
            chunk = chunk[: self.pacer.spend_some([units[name] for name in chunk], lane)]
            again, trouble = self._round({name: requests[name] for name in chunk}, answers)
            todo = todo[len(chunk) :]
            if trouble is None:
                bad_rounds = 0
                continue
            # A round that settled something is progress, however many parts must come again.
            bad_rounds = bad_rounds + 1 if len(again) == len(chunk) and len(chunk) > 1 else 0
            if bad_rounds >= _ATTEMPTS:
                raise _away(trouble)
            for name, verdict in again.items():
                if verdict.meaning is not Meaning.SLOWER and (verdict.meaning is Meaning.AGAIN or len(chunk) == 1):
                    tries[name] += 1
                if tries[name] >= _PART_ATTEMPTS * (2 if len(chunk) > 1 else 1):
                    answers.failed.add(name)
                else:
                    todo.append(name)
            if trouble.meaning is not Meaning.AGAIN:
                self._batch_size = max(1 if trouble.meaning is Meaning.GARBLED else _SMALLEST_BATCH, len(chunk) // 2)
            if len(answers.failed) > BATCH:
                raise _away(trouble)
            self._hold(trouble, bad_rounds)
        self._batch_size = max(self._batch_size, _SMALLEST_BATCH)
        return answers

    def _chunk(self, todo: list[str], units: Mapping[str, float]) -> list[str]:
        most = self.pacer.at_most(1.0)
        chunk: list[str] = []
        spent = 0.0
        for name in todo[: self._batch_size]:
            if chunk and spent + units[name] > most:
                break
            chunk.append(name)
            spent += units[name]
        return chunk

    def _round(
        self, requests: Mapping[str, Callable[[], Any]], answers: Answers
    ) -> tuple[dict[str, Verdict], Verdict | None]:
        """Send one batch: what must be sent again, and the worst trouble met."""
        settled: set[str] = set()
        again: dict[str, Verdict] = {}

        def take(name: str, answer: Any, failure: Exception | None) -> None:
            settled.add(name)
            if failure is None and isinstance(answer, dict):
                answers.found[name] = answer
                return
            verdict = verdict_on(failure or ValueError())
            if verdict.meaning in {Meaning.MISSING, Meaning.EXPIRED}:
                answers.missing.add(name)
            else:
                again[name] = verdict

        batch = BatchHttpRequest(callback=take, batch_uri=self._batch_uri)
        for name, make in requests.items():
            batch.add(make(), request_id=name)
        try:
            batch.execute(http=self._http)
        except FAILURES as e:
            verdict = verdict_on(e)
            self._raise_what_is_final(verdict, e)
            again |= {name: verdict for name in requests if name not in settled}
        for verdict in again.values():
            if verdict.meaning in {Meaning.DENIED, Meaning.REJECTED}:
                self._raise_what_is_final(verdict, None)
        worst = {v.meaning: v for v in again.values()}
        return again, worst.get(Meaning.SLOWER) or worst.get(Meaning.GARBLED) or worst.get(Meaning.AGAIN)

    @staticmethod
    def _raise_what_is_final(verdict: Verdict, cause: BaseException | None) -> None:
        match verdict.meaning:
            case Meaning.DENIED:
                raise denied(verdict) from cause
            case Meaning.MISSING:
                raise NotThere(verdict.sentence) from cause
            case Meaning.EXPIRED:
                raise CursorExpired(verdict.sentence) from cause
            case Meaning.REJECTED:
                raise ServiceUnavailable(verdict.sentence) from cause

    def _hold(self, verdict: Verdict, attempt: int) -> None:
        pause = min(_LONGEST_PAUSE, 2.0**attempt) * self._spread
        if verdict.meaning is Meaning.SLOWER:
            # The account rests for all workers; the next `spend` waits, or gives up if that is long.
            self.pacer.refused(verdict.wait if verdict.wait is not None else pause)
        else:
            self.pacer.pause(verdict.wait if verdict.wait is not None else pause)


def _away(verdict: Verdict | None) -> ServiceUnavailable:
    if verdict is None:
        return ServiceUnavailable("Google cannot be reached")
    return ServiceUnavailable(verdict.sentence, timedelta(seconds=verdict.wait) if verdict.wait is not None else None)
