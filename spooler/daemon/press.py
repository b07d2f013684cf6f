"""The press: the one task that drives one printer.

    claim -> render (thread) -> read the printer's facts -> intent (durable) -> send -> watch -> verdict (durable)

A press never guesses. Whatever goes wrong after the intent, it asks the printer until the verdict table (rules.verdict)
can answer, and until then the printer gets nothing. After a crash the same road is walked from the open intent.
Only the press writes for its printer, under an epoch: one that was replaced is refused by the store.
"""

from collections import deque
from collections.abc import Callable, Sequence
from statistics import median

import structlog
import trio

from spooler.backends.contract import InUseError, Language, LanguageError, LinkError, Transport
from spooler.model.commands import Attach, Change, Claim, Command, Intend, Return, Settle
from spooler.model.ids import JobId
from spooler.model.job import Job, JobState
from spooler.model.kinds import ACCOUNTABLE, KINDS
from spooler.model.printer import Facts, PrinterState, PrinterStatus
from spooler.model.problem import Problem
from spooler.model.reasons import told
from spooler.model.site import PrinterConfig
from spooler.model.verdict import Intent, Reach, Verdict
from spooler.rules.care import care_of
from spooler.rules.order import FULL_CREDIT
from spooler.store.contract import StoreError

from .backoff import Waiter
from .caring import RESTS, Caretaker
from .conversation import Progress, drive
from .doubts import Calm, most_doubts
from .drawing import Drawer, Drawn
from .gating import PressGate
from .lanes import Bell, Lane
from .rooms import Rooms
from .sight import Sight
from .trouble import consequence
from .witness import NO_ANSWER, WAIT, Witness

log = structlog.get_logger()


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
        self._lanes = [Lane(destination, kind) for destination in printer.destinations for kind in printer.kinds]
        rooms.lanes.subscribe(printer.destinations, self.bell)
        self._gate = PressGate(printer, self._lanes, rooms.gates)
        rooms.gates.subscribe(self._gates_changed)
        self._facts: Facts | None = None
        self._job: JobId | None = None
        self._credit = FULL_CREDIT  # express credit: see rules.order
        # the printer may hold a claim or bytes of a card that did not end in good order: in an earlier life, too, also
        # where that card's verdict is written
        self._stale = True
        self._doubt = False  # officers are asked about cards of this printer
        self._most_doubts = most_doubts(rooms.press)
        self._calm = Calm(language.model.settle_seconds)
        self._care = Caretaker(printer.name, care_of(printer, language.model.care), rooms.diary)
        self._printed = 0
        self._seconds: deque[float] = deque(maxlen=15)
        self._drawer = Drawer(rooms, printer, language)
        self._log = log.bind(printer=printer.name, site=printer.site)
        self._sight = Sight(self._log)
        self._show(PrinterState.STOPPED, ("connecting-to-device",))  # nobody who asks early misses a printer

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
            self._rooms.lanes.forget(self._lanes)
            await self._care.begin()
            await self._recover()
            looked = False  # the printer was seen ready just now: at the end of a card, say
            while not self._rooms.stopping:
                if await self._until_few_doubts() or not looked:
                    await self._until_ready()
                job = await self._next_job()
                looked = job is not None and await self._print(job) and self._is_ready()
        finally:
            self._job = None
            self._drawer.drop()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 2):
                await self._transport.aclose()

    # -- before the intent -------------------------------------------------------------------------------------

    async def _until_ready(self) -> None:
        """Until the printer answers and nothing keeps it from taking a card."""
        waiter = Waiter(self._rooms.press, self._rooms.stop)
        while not self._rooms.stopping:
            try:
                # a reset drops what it holds: a card that an officer has answered for must not come out after all
                # when somebody fills the feeder, and a claim that nobody lets go would refuse every card from now on
                script = self._language.reset() if self._stale else self._language.inquire()
                facts = await drive(script, self._transport)
            except (LinkError, LanguageError) as error:
                self._sight.lost(error)
                reason = "in-use" if isinstance(error, InUseError) else "connecting-to-device"
                self._show(PrinterState.STOPPED, (reason,))
                self._stale = self._calm.lost_sight() or self._stale
                self._drawer.drop()
                await waiter.wait()
                continue
            self._sight.found()
            self._facts = facts
            self._stale = False
            calm = self._calm.hear(trio.current_time(), quiet=facts.quiet)
            blocking, shown = self._care.blocking(facts), self._care.shown(facts)
            if calm and facts.quiet and not blocking:
                self._show(PrinterState.IDLE, shown)
                return
            if calm or blocking:  # nothing blocks: it is busy with a card that is not ours, or not calm yet
                self._show(PrinterState.STOPPED if blocking else PrinterState.PROCESSING, shown)
            else:
                self._show(PrinterState.STOPPED, (*shown, "settling"))
            self._drawer.drop()
            await (waiter.rest() if RESTS.issuperset(blocking) and blocking else waiter.poll())

    async def _next_job(self) -> Job | None:
        """The next job, claimed; or None after an idle while, so that the printer is looked at again."""
        opening = await self._gate.look()
        picked = await self._rooms.lanes.take(opening.lanes, self._credit, opening.urgent)
        if picked is None:
            await self._idle()
            return None
        job, self._credit = picked.job, picked.credit
        try:
            (outcome,) = await self._do(
                Claim(job.id, job.version, self.printer.name, self._epoch, self._gate.most(job))
            )
        except StoreError:
            self._rooms.lanes.put_back(job)
            raise
        if isinstance(outcome, Problem):  # cancelled or changed meanwhile; busy: its gate has shut
            self._rooms.lanes.put_back(job)
            if outcome.code == "busy":
                await self._idle()
            return None
        assert isinstance(outcome, Job)
        return outcome

    async def _idle(self) -> None:
        """Until something may have come, or its gate opens; for a while at most."""
        self._drawer.drop()
        if self._gate.opening.shut and self._facts is not None:
            self._show(PrinterState.IDLE, self._care.shown(self._facts))
        await self._gate.wait(self.bell, self._rooms.press.idle_poll_seconds)

    async def _draw(self, job: Job) -> Drawn | None:
        """The job's card; None if it cannot be drawn, and then it is held or aborted with the reason."""
        try:
            return await self._drawer.draw(job)
        except Exception as error:  # noqa: BLE001 - each has its consequence
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
        opening = self._gate.opening
        picked = await self._rooms.lanes.peek(opening.lanes, self._credit, opening.urgent)
        if picked is not None:
            try:
                await self._drawer.draw_ahead(picked.job)
            except Exception:  # noqa: BLE001 - the card in the printer has nothing to do with the next one
                self._log.exception("drawing ahead failed", job=picked.job.id)
        if self._waits_for_somebody():
            self._drawer.drop()

    def _waits_for_somebody(self) -> bool:
        return self._facts is not None and self._facts.state is PrinterState.STOPPED

    # -- the card ----------------------------------------------------------------------------------------------

    async def _print(self, job: Job) -> bool:
        """One claimed job, to its verdict. True if it was printed."""
        self._job = job.id
        started = trio.current_time()
        try:
            drawn = await self._draw(job)
            if drawn is None:
                return False
            try:
                facts = await self._facts_before(job)
                if facts is None:
                    return False
                counter, panels, rated = facts.counter, facts.ribbon_left, facts.ribbon_size
                (outcome,) = await self._do(
                    Intend(job.id, job.version, self.printer.name, self._epoch, facts.serial, counter, panels, rated)
                )
                if isinstance(outcome, Problem):  # cancelled at the last moment: the cancel has won
                    return False
                assert isinstance(outcome, Job)
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
            self._printed += 1
            self._seconds.append(trio.current_time() - started)
            return True
        finally:
            self._job = None

    async def _facts_before(self, job: Job) -> Facts | None:
        """The printer's facts right before the intent; None if it cannot take a card now, and the job goes back."""
        try:
            facts = await drive(self._language.inquire(), self._transport)
        except (LinkError, LanguageError):
            facts = None
        self._facts = facts
        if facts is not None and self._is_ready():
            self._show(PrinterState.PROCESSING, self._care.shown(facts))
            return facts
        await self._do(Return(job.id, job.version, self.printer.name, self._epoch))
        return None

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
                self._job = job.id
                await self._settle(job, intent, Reach.MAYBE, fault=False)
                self._job = None
            else:
                self._in_doubt()

    async def _settle(
        self, job: Job, intent: Intent, reach: Reach, *, fault: bool, facts: Facts | None = None
    ) -> Verdict:
        """Ask the printer until the table can answer, then write the verdict.

        `facts`: what the conversation ended with; None where it ended badly, or in another process's life.
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
        await self._do(Settle(job.id, job.version, self.printer.name, self._epoch, judgement, counter, *ribbon))
        self._log.info("verdict", job=job.id, verdict=judgement.verdict.value, row=judgement.row)
        if judgement.verdict is Verdict.UNKNOWN:
            self._in_doubt()
        return judgement.verdict

    def _in_doubt(self) -> None:
        """An officer is asked: what the printer still holds of that card must not be taken for the next one's."""
        self._doubt = self._stale = True
        self._calm.want()

    async def _open_intents(self) -> list[Intent]:
        return await self._rooms.reads.do(lambda reader: reader.open_intents(self.printer.name))

    async def _until_few_doubts(self) -> bool:
        """While as many cards are in doubt as may wait, the printer gets nothing. True if it had to stand still."""
        stood = False
        while self._doubt and not self._rooms.stopping:
            waiting = len(await self._open_intents())
            self._doubt = waiting > 0
            if waiting < self._most_doubts:
                break
            stood = self._stale = True
            # why the card is in doubt, as the printer said it last: it is not spoken to until the answer
            said = self._facts.reasons if self._facts is not None and self._facts.fault else ()
            self._show(PrinterState.STOPPED, (*said, "inspect-card"))
            self._drawer.drop()
            await self.bell.wait()
        if not self._doubt:
            self._calm.enough()  # officers have looked at every card
        return stood

    # -- small things ------------------------------------------------------------------------------------------

    async def _do(self, *commands: Command) -> Sequence[object]:
        return await self._rooms.writer.do(*commands)

    def _is_ready(self) -> bool:
        """Nothing keeps it from taking a card, and it is not busy with one."""
        return self._facts is not None and self._facts.quiet and not self._care.blocking(self._facts)

    def _gates_changed(self) -> None:
        """A pause is shown at once, also by a press that waits for its printer."""
        self._show(*self._said)
        self.bell.ring()

    def _show(self, state: PrinterState, reasons: Sequence[str]) -> None:
        self._said = state, reasons
        facts = self._facts
        if state is not PrinterState.PROCESSING:  # a card in hand is finished, whatever shuts meanwhile
            state, reasons = self._gate.shown(state, reasons)
        if self._doubt:  # it may go on, and still somebody is asked
            reasons = (*reasons, "inspect-card")
        self._rooms.board.put(
            PrinterStatus(
                name=self.printer.name,
                site=self.printer.site,
                state=state,
                reasons=told(set(reasons)),
                job=self._job,
                serial=facts.serial if facts else None,
                counter=facts.counter if facts else None,
                supplies=facts.supplies if facts else (),
                printed=self._printed,
                seconds_per_card=round(median(self._seconds), 2) if self._seconds else None,
                kinds=self.printer.kinds,
                paused=None if self._gate.pause is None else self._gate.pause.reason,
                until_ms=self._gate.until_ms,
            )
        )
