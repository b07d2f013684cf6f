"""The press: the one task that drives one printer.

    claim -> render (thread) -> read the printer's facts -> intent (durable) -> send -> watch -> verdict (durable)

Where cards follow each other the verdict, the next claim and the next intent are one transaction (settling.py), and the
reading that ended the one card stands before the next one's intent.

A press never guesses. Whatever goes wrong after the intent, it asks the printer until the verdict table (rules.verdict)
can answer, and until then the printer gets nothing. After a crash the same road is walked from the open intent.
Only the press writes for its printer, under an epoch: one that was replaced is refused by the store.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Final

import structlog
import trio

from spooler.backends.contract import Language, LanguageError, LinkError, OutOfReachError, Transport
from spooler.model.commands import Attach, Change, Claim, Command, Intend, Return, Settle
from spooler.model.job import Job, JobState
from spooler.model.kinds import ACCOUNTABLE, KINDS
from spooler.model.printer import Facts, PrinterState
from spooler.model.problem import Problem
from spooler.model.site import PrinterConfig
from spooler.model.verdict import Intent, Reach, Verdict
from spooler.rules.care import care_of
from spooler.rules.retry import Fault, fault_of
from spooler.store.contract import StoreError

from .caring import Caretaker
from .circuit import Circuit
from .conversation import Progress, drive
from .doubts import Calm, most_doubts
from .drawing import Drawer, Drawn
from .lanes import Bell
from .picking import Picker
from .rooms import Rooms
from .settling import Settling
from .showing import Showing
from .sight import Sight
from .trouble import consequence
from .waiting import Waiter
from .witness import NO_ANSWER, WAIT, Witness

log = structlog.get_logger()

#: A printer that was read so little ago at the end of a card, idle and empty, needs no other reading before the next
#: intent: no card of anybody's gets through a printer in that time, and the way from a reading to a durable intent may
#: take as long.
FRESH_SECONDS: Final = 0.25


class Press:
    """One printer's task."""

    def __init__(
        self, printer: PrinterConfig, language: Language, open_link: Callable[[], Transport], rooms: Rooms
    ) -> None:  # fmt: skip
        self.printer = printer
        self.bell = Bell()
        self._language = language
        self._open_link = open_link
        self._transport = open_link()
        self._rooms = rooms
        self._epoch = 0
        self._picker = Picker(printer, rooms, self.bell, int(language.model.card_seconds(language.ribbon) * 1000))
        self._circuit = Circuit(rooms.press, rooms.clock, rooms.stop)
        self._shown = Showing(printer, rooms.board, self._picker.gate, self._circuit)
        self._show = self._shown.show
        rooms.gates.subscribe(self._gates_changed)
        self._read_at = -inf  # when the last card's conversation ended, with a reading
        # the printer may hold a claim or bytes of a card that did not end in good order: in an earlier life, too, also
        # where that card's verdict is written
        self._stale = True
        self._most_doubts = most_doubts(rooms.press)
        self._calm = Calm(language.model.settle_seconds)
        self._care = Caretaker(printer.name, care_of(printer, language.model.care), rooms.diary)
        self._drawer = Drawer(rooms, printer, language)
        self._log = log.bind(printer=printer.name, site=printer.site)
        self._settling = Settling(rooms.writer, self._log)
        self._sight = Sight(self._log)

    async def run(self) -> None:
        """Drive the printer until cancelled, or until the rooms are stopping and the card in hand is settled.

        A fault of ours stops this printer for a while and then walks the road of a restart: open intents are settled
        by the verdict table. The other printers do not notice.
        """
        while True:
            try:
                return await self._drive_printer()
            except Exception:  # noqa: BLE001 - one printer's trouble must not stop a city
                self._log.exception("the press failed and begins anew")
                self._show(PrinterState.STOPPED, ("spooler-fault",))
            await trio.sleep(self._rooms.press.backoff_ceiling_seconds)
            self._transport = self._open_link()

    async def _drive_printer(self) -> None:
        try:
            (epoch,) = await self._do(Attach(self.printer.name))
            assert isinstance(epoch, int)
            self._epoch = epoch
            self._settling = Settling(self._rooms.writer, self._log)
            self._picker.forget()
            await self._care.begin()
            await self._recover()
            looked = False  # the printer was seen ready just now: at the end of a card, say
            while not self._rooms.stopping:
                if await self._until_few_doubts() or not looked:
                    await self._settling.heard()
                    await self._until_ready()
                job = await self._next_job()
                looked = job is not None and await self._print(job) and self._is_ready()
            await self._settling.heard()
        finally:
            self._shown.job = None
            self._drawer.drop()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 2):
                await self._transport.aclose()

    # -- before the intent -------------------------------------------------------------------------------------

    async def _until_ready(self) -> None:
        """Until the printer answers and nothing keeps it from taking a card."""
        waiter = Waiter(self._rooms.press, self._rooms.stop)
        while not self._rooms.stopping:
            await self._circuit.until_due()
            asking = self._circuit.probing  # a printer that failed often is asked something harmless first
            try:
                # a reset drops what it holds: a card that an officer has answered for must not come out after all
                # when somebody fills the feeder, and a claim that nobody lets go would refuse every card from now on
                script = self._language.reset() if self._stale and not asking else self._language.inquire()
                facts = await drive(script, self._transport)
            except (LinkError, LanguageError) as error:
                self._sight.lost(error)
                self._show(PrinterState.STOPPED, (self._circuit.lost(error),))
                self._stale = self._calm.lost_sight() or self._stale
                self._drawer.drop()
                continue
            self._sight.found()
            blocking, shown = self._care.blocking(facts), self._care.shown(facts)
            if fault_of(blocking) is Fault.IN_USE:
                self._facts = facts
                self._circuit.failed(Fault.IN_USE)
                self._show(PrinterState.STOPPED, shown)
                self._drawer.drop()
                continue
            self._circuit.answered()
            if asking and self._stale:
                continue
            self._facts = facts
            self._stale = False
            calm = self._calm.hear(trio.current_time(), quiet=facts.quiet)
            if calm and facts.quiet and not blocking:
                self._show(PrinterState.IDLE, shown)
                return
            if calm or blocking:  # nothing blocks: it is busy with a card that is not ours, or not calm yet
                self._show(PrinterState.STOPPED if blocking else PrinterState.PROCESSING, shown)
            else:
                self._show(PrinterState.STOPPED, (*shown, "settling"))
            self._drawer.drop()
            await (waiter.rest() if blocking and fault_of(blocking) is Fault.REST else waiter.poll())

    async def _next_job(self) -> Job | None:
        """The next job, claimed, and intended where nothing more is to be learnt before that: its card is drawn and the
        printer was read just now. None after an idle while, so that the printer is looked at again."""
        job = await self._picker.take()
        if job is None:
            await self._settling.heard()
            await self._idle()
            return None
        claim = Claim(job.id, job.version, self.printer.name, self._epoch, self._picker.gate.most(job))
        facts = self._fresh_facts() if self._drawer.has(job) else None
        try:
            if facts is None:
                (outcome,) = await self._do(claim)
            else:  # a refused claim refuses the intent
                claimed, intended = await self._do(claim, self._intend(job, job.version + 1, facts))
                outcome = intended if isinstance(intended, Job) else claimed
            await self._settling.heard()
        except StoreError:
            self._picker.put_back(job)
            raise
        if isinstance(outcome, Problem):  # cancelled or changed meanwhile; busy: its gate has shut
            self._picker.put_back(job)
            if outcome.code == "busy":
                await self._idle()
            return None
        assert isinstance(outcome, Job)
        return outcome

    async def _idle(self) -> None:
        """Until something may have come, or its gate opens; for a while at most."""
        self._drawer.drop()
        if self._facts is not None and (self._picker.gate.opening.shut or self._is_ready()):
            self._show(PrinterState.IDLE, self._care.shown(self._facts))
        await self._picker.gate.wait(self.bell, self._rooms.press.idle_poll_seconds)

    async def _draw(self, job: Job) -> Drawn | None:
        """The job's card; None if it cannot be drawn, and then it is held or aborted with the reason."""
        try:
            return await self._drawer.draw(job)
        except Exception as error:  # noqa: BLE001 - each has its consequence
            if isinstance(error, OutOfReachError) and self._picker.leave(job):
                self._log.warning("this kind is left to the pool's other printers", kind=job.kind, error=str(error))
                await self._do(Return(job.id, job.version, self.printer.name, self._epoch))
                return None
            event, reason, detail = consequence(error)
            said = str(error) if isinstance(error, StoreError) else None  # which file: others may quote the card
            self._log.warning(
                "the card cannot be drawn", job=job.id, reason=reason, detail=detail, error=said,
                exc_info=reason == "spooler-fault",
            )  # fmt: skip
        await self._do(Change(job.id, job.version, event, f"press:{self.printer.name}", reason, detail))
        return None

    async def _draw_ahead(self) -> None:
        """While the printer works, draw the job that is next as things stand."""
        job: Job | None = None
        try:
            job = await self._picker.peek()
            if job is not None:
                await self._drawer.draw_ahead(job)
        except Exception:  # noqa: BLE001 - the card in the printer has nothing to do with the next one
            self._log.exception("drawing ahead failed", job=None if job is None else job.id)
        if self._waits_for_somebody():
            self._drawer.drop()

    def _waits_for_somebody(self) -> bool:
        return self._facts is not None and self._facts.state is PrinterState.STOPPED

    # -- the card ----------------------------------------------------------------------------------------------

    async def _print(self, job: Job) -> bool:
        """One claimed job, to its verdict. True if it was printed."""
        self._shown.job = job.id
        started = trio.current_time()
        try:
            drawn = await self._draw(job)
            if drawn is None:
                self._picker.undo()
                return False
            try:
                outcome = job if job.intent_open else await self._intended(job)
                if outcome is None:
                    self._picker.undo()
                    return False
                facts = self._facts
                assert facts is not None, "an intent is made from facts"
                self._show(PrinterState.PROCESSING, self._care.shown(facts))
                intent = Intent(
                    job.id, 1, outcome.attempt, self.printer.name, self._epoch, facts.serial, facts.counter,
                    outcome.changed_ms,
                )  # fmt: skip
                reach, fault = await self._send(drawn)
            finally:
                drawn.let_go()
            verdict = await self._settle(outcome, intent, reach, fault=fault, facts=self._facts)
            if verdict is not Verdict.NOT_PRINTED:
                self._care.made()
            if verdict is not Verdict.PRINTED:
                return False
            self._circuit.printed()
            self._shown.printed(trio.current_time() - started)
            return True
        finally:
            self._shown.job = None

    async def _intended(self, job: Job) -> Job | None:
        """The claimed job, its intent durable; None if it cannot have one now: it went back, or was cancelled."""
        facts = await self._facts_before(job)
        if facts is None or await self._gave_way(job):
            return None
        (outcome,) = await self._do(self._intend(job, job.version, facts))
        if isinstance(outcome, Problem):  # cancelled at the last moment: the cancel has won
            return None
        assert isinstance(outcome, Job)
        return outcome

    def _intend(self, job: Job, version: int, facts: Facts) -> Intend:
        counter, panels, rated = facts.counter, facts.ribbon_left, facts.ribbon_size
        return Intend(job.id, version, self.printer.name, self._epoch, facts.serial, counter, panels, rated)

    def _fresh_facts(self) -> Facts | None:
        """The reading that ended the last card, if it stands for one right before the next intent."""
        fresh = trio.current_time() - self._read_at <= FRESH_SECONDS
        return self._facts if fresh and self._is_ready() else None

    async def _facts_before(self, job: Job) -> Facts | None:
        """The printer's facts right before the intent; None if it cannot take a card now, and the job goes back."""
        lost = None
        facts = self._fresh_facts()
        if facts is None:
            try:
                facts = await drive(self._language.inquire(), self._transport)
            except (LinkError, LanguageError) as error:
                self._sight.lost(error)
                lost = self._circuit.lost(error)
            self._facts = facts
        if facts is not None and self._is_ready():
            return facts
        await self._do(Return(job.id, job.version, self.printer.name, self._epoch))
        if lost is not None:
            self._shown.job = None
            self._show(PrinterState.STOPPED, (lost,))
        return None

    async def _gave_way(self, job: Job) -> bool:
        """An express job that came while this one was being drawn goes first: this one keeps its rank."""
        if not await self._picker.gives_way(job):
            return False
        await self._do(Return(job.id, job.version, self.printer.name, self._epoch))
        return True

    async def _send(self, drawn: Drawn) -> tuple[Reach, bool]:
        """Hand the card over and follow it. Returns how far its bytes got and whether the printer reported a fault."""
        progress = Progress(on_handed_over=drawn.let_go)
        self._stale = True
        fault = False
        seconds = self._rooms.press.card_timeout_seconds

        with trio.move_on_after(seconds) as scope:

            def on_report(facts: Facts) -> None:
                self._facts = facts
                waits = self._waits_for_somebody()
                self._show(PrinterState.STOPPED if waits else PrinterState.PROCESSING, facts.reasons)
                if waits:
                    self._drawer.drop()
                # an officer who is filling the feeder takes as long as it takes: each word of the printer extends
                scope.deadline = trio.current_time() + seconds

            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._draw_ahead)
                try:
                    script = self._language.print_card(drawn.take())
                    self._facts = await drive(script, self._transport, progress=progress, on_report=on_report)
                    self._read_at = trio.current_time()
                    fault = self._facts.fault
                    self._stale = not self._facts.quiet
                except (LinkError, LanguageError) as error:
                    self._log.warning("lost the printer in mid-card", reach=progress.reach.value, error=str(error))
                    self._facts = None
        if scope.cancelled_caught:
            self._log.warning("the card took too long", reach=progress.reach.value)
            self._facts = None
        return progress.reach, fault

    # -- the verdict -------------------------------------------------------------------------------------------

    async def _recover(self) -> None:
        """Settle what an earlier life left open; what an officer is asked already stays his."""
        for intent in await self._open_intents():
            job_id = intent.job
            (job,) = await self._rooms.reads.do(lambda reader: reader.jobs([job_id]))  # noqa: B023
            assert job is not None, "an open intent keeps its job"
            self._stale = True
            if job.state is JobState.PROCESSING:
                self._shown.job = job.id
                await self._settle(job, intent, Reach.MAYBE, fault=False, otherwise=Fault.OURS)
                await self._settling.heard()
                self._shown.job = None
            else:
                self._in_doubt()

    async def _settle(
        self, job: Job, intent: Intent, reach: Reach, *, fault: bool, facts: Facts | None = None,
        otherwise: Fault = Fault.LINK,
    ) -> Verdict:  # fmt: skip
        """Ask the printer until the table can answer, then write the verdict.

        `facts`: what the conversation ended with; None where it ended badly, or in another process's life. `otherwise`:
        why no card came, where the printer waits for nothing.
        """
        witness = Witness(intent, self._language.model, KINDS[job.kind].stock in ACCOUNTABLE, reach, fault=fault)
        judgement = witness.hear(facts, trio.current_time(), ended=True) if facts is not None else WAIT
        give_up = trio.current_time() + self._rooms.press.card_timeout_seconds
        waiter = Waiter(self._rooms.press, trio.Event())  # a stop does not hurry a verdict
        while judgement.verdict is Verdict.WAIT:
            self._show(PrinterState.STOPPED, facts.reasons if facts and facts.reasons else ("settling",))
            try:
                if witness.wants_reset:
                    facts = await drive(self._language.reset(), self._transport)
                    witness.was_reset()
                else:
                    await waiter.poll()
                    facts = await drive(self._language.inquire(), self._transport)
                self._sight.found()
                self._facts = facts
                judgement = witness.hear(facts, trio.current_time())
            except (LinkError, LanguageError) as error:
                self._sight.lost(error)
                facts = None
                witness.lost_sight()
            if judgement.verdict is Verdict.WAIT and trio.current_time() >= give_up:
                judgement = NO_ANSWER
        counter = facts.counter if facts is not None else None
        ribbon = (facts.ribbon_left, facts.ribbon_size) if facts is not None else (None, None)
        trouble = fault_of(self._care.blocking(facts) if facts is not None else (), otherwise)
        self._settling.begin(
            Settle(
                job.id, job.version, self.printer.name, self._epoch, judgement, counter, *ribbon,
                self._circuit.hold_at(trouble),
            )
        )  # fmt: skip
        outcome = None
        if judgement.verdict is not Verdict.PRINTED or self._shown.doubt:
            outcome = await self._settling.heard()
        if judgement.verdict is Verdict.UNKNOWN:
            self._in_doubt()
        if judgement.verdict is Verdict.NOT_PRINTED:
            self._not_printed(trouble, outcome)
        return judgement.verdict

    def _not_printed(self, trouble: Fault, outcome: object) -> None:
        """A try has failed: the printer is given the next card later, and the job at last to nobody (rules.retry)."""
        self._shown.job = None
        self._circuit.failed(trouble, card=True)
        if isinstance(outcome, Job) and outcome.state is JobState.PENDING_HELD:
            self._log.warning("the job has used up its tries and is held", job=outcome.id, reason=outcome.reason)
            self._circuit.used_up(trouble)
        if trouble is Fault.LINK:
            self._show(PrinterState.STOPPED, ("link-unstable",))

    def _in_doubt(self) -> None:
        """An officer is asked: what the printer still holds of that card must not be taken for the next one's."""
        self._shown.doubt = self._stale = True
        self._calm.want()

    async def _open_intents(self) -> list[Intent]:
        return await self._rooms.reads.do(lambda reader: reader.open_intents(self.printer.name))

    async def _until_few_doubts(self) -> bool:
        """While as many cards are in doubt as may wait, the printer gets nothing. True if it had to stand still."""
        stood = False
        while self._shown.doubt and not self._rooms.stopping:
            waiting = len(await self._open_intents())
            self._shown.doubt = waiting > 0
            if waiting < self._most_doubts:
                break
            stood = self._stale = True
            if self._facts is None:
                await self._ask_once()
            # why the card is in doubt, as the printer said it last: it is not spoken to until the answer
            said = self._facts.reasons if self._facts is not None and self._facts.fault else ()
            self._show(PrinterState.STOPPED, (*said, "inspect-card"))
            self._drawer.drop()
            await self.bell.wait()
        if not self._shown.doubt:
            self._calm.enough()  # officers have looked at every card
        return stood

    async def _ask_once(self) -> None:
        """Nothing was heard of it since the start: its counter is what people compare before they answer."""
        try:
            self._facts = await drive(self._language.inquire(), self._transport)
        except (LinkError, LanguageError) as error:
            self._sight.lost(error)

    # -- small things ------------------------------------------------------------------------------------------

    async def _do(self, *commands: Command) -> Sequence[object]:
        return await self._rooms.writer.do(*commands)

    def _is_ready(self) -> bool:
        """Nothing keeps it from taking a card, and it is not busy with one."""
        return self._facts is not None and self._facts.quiet and not self._care.blocking(self._facts)

    def _gates_changed(self) -> None:
        """A pause is shown at once, also by a press that waits for its printer."""
        self._shown.again()
        self.bell.ring()

    @property
    def _facts(self) -> Facts | None:
        """The printer, as it was heard last; None: the link was lost since."""
        return self._shown.facts

    @_facts.setter
    def _facts(self, facts: Facts | None) -> None:
        self._shown.facts = facts
