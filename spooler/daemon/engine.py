"""The running spooler: opens the store, starts a press per printer, serves the socket, shreds what is due.

Tasks and their owners:

    serve
      writer                      group commit; ends last
      keeper                      clock watch, shredding, the ledger's checkpoints and closed segments
      calendar                    held jobs whose time has come, classes whose priority changes
      presses                     one per printer; at a stop each settles the card in hand first
      server                      listeners and connections; ends first
"""

from contextlib import suppress
from functools import partial

import structlog
import trio
from attrs import evolve

from spooler.backends.registry import UnknownBackendError
from spooler.config import AT_ONCE, Config, difference
from spooler.model.commands import Shred
from spooler.model.gate import Paused
from spooler.model.site import PrinterConfig
from spooler.rules.order import OrderPolicy, place
from spooler.rules.reprints import ReprintPolicy
from spooler.store import Master, open_store, read_machine
from spooler.store.contract import Applied, Store, StoreDeadError, StoreError

from .calendar import Calendar
from .carding import Carding
from .caring import Diary
from .checking import Checker
from .clock import Clock, SpoolTime, SystemClock
from .feed import Board, Feed
from .gating import Gates, gate_rules
from .hardware import (
    ConfigMismatchError,
    check_backends,
    check_templates,
    language_of,
    renderer_of,
    specimen_renderer_of,
    transport_of,
)
from .inspection import Inspector
from .intake import Intake
from .lanes import Lanes
from .ledger_keeping import LedgerKeeper
from .mastering import master_of
from .methods import Methods
from .peers import Doorman, TokenFileError
from .plates import Plates
from .press import Press
from .pressure import Admission, Pressure
from .proving import Prover
from .queueing import Queueing
from .reads import Reads
from .reprinting import Reprinting
from .retaining import retention_of
from .rooms import Rooms
from .server import Addresses, Server
from .statistics import Statistics
from .writer import Writer

log = structlog.get_logger()


def order_policy(config: Config) -> OrderPolicy:
    """The order's numbers, in the rule's units."""
    return OrderPolicy(
        patience_ms=int(config.order.patience_seconds * 1000),
        ms_per_priority=int(config.order.seconds_per_priority * 1000),
        express_share=config.order.express_share,
        group_slack_ms=int(config.order.group_slack_seconds * 1000),
    )


def _open_store(config: Config, clock: Clock, master: Master | None, adopt: bool) -> Store:
    return open_store(
        config.spool.directory,
        node=config.spool.node,
        place=partial(place, order_policy(config)),
        retention=retention_of(config),
        clock_step_max_ms=int(config.spool.clock_step_max_seconds * 1000),
        master=master or master_of(config),
        machine=read_machine(config.spool.machine_id),
        adopt=adopt,
        wall_ms=clock.wall_ms(),
        utc_offset_hours=config.utc_offset_hours,
    )


class Engine:
    """What is shared by the tasks of one running spooler."""

    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.store = store
        self.writer = Writer(store, clock, self._applied, int(config.spool.clock_step_max_seconds * 1000))
        self.lanes = Lanes(Reads(store.reader()), order_policy(config))
        self.board = Board()
        first = store.reader()
        reads = Reads(first)  # for requests and presses; lanes and watchers have their own
        self.feed = Feed(Reads(store.reader()), first.head(), config.limits.watch_tail)
        self.gates = Gates(gate_rules(config), first.pauses(), Reads(store.reader()), SpoolTime(clock, store))
        self.pressure = Pressure(config.limits, first.loads(), lambda: int(trio.current_time() * 1000))
        threads = config.limits.render_threads
        self.ledger = LedgerKeeper(config, Reads(store.reader()), self.writer, clock)
        renderer = renderer_of(config)
        plates = Plates(renderer, [store.reader() for _ in range(threads)], most=config.limits.plates)
        self.rooms = Rooms(
            writer=self.writer, reads=reads, lanes=self.lanes, board=self.board, plates=plates, press=config.press,
            render_threads=threads, encoded_cards=config.limits.encoded_cards,
            diary=Diary(reads, clock, config.utc_offset_hours * 3_600_000), clock=clock, gates=self.gates,
        )  # fmt: skip
        change = difference(None, config)  # a config is applied as the difference from what runs: so far, nothing
        self.presses = {name: self._press(config.city.printers[name]) for name in change.printers.added}
        languages = {name: language_of(printer) for name, printer in config.city.printers.items()}
        intake = Intake(config, clock, languages, Inspector(renderer))
        policy = ReprintPolicy(config.reprint.daily_limit, config.reprint.two_persons)
        reprinting = Reprinting(reads, policy, config.city.sites, intake.today)
        prover = Prover(partial(specimen_renderer_of, config), plates, self.rooms.render_limiter)
        self.methods = Methods(
            config=config, writer=self.writer, reads=reads, feed=self.feed, board=self.board, intake=intake,
            doorman=Doorman(config.principals), checker=Checker(plates, self.rooms.render_limiter),
            audits=Reads(store.reader()),
            reprinting=reprinting, carding=Carding(reads, self.writer, reprinting, prover, languages),
            queueing=Queueing(
                config.city, order_policy(config), reads, self.writer, self.board, intake.media, intake.share_ms,
                self.gates,
            ),
            gates=self.gates,
            admission=Admission(self.pressure, self.writer),
            statistics=Statistics(
                config, reads, self.pressure, self.writer, self.rooms, self.feed, self._used
            ),
            clock=clock,
        )  # fmt: skip
        self.server = Server(config, self.methods)
        self.calendar = Calendar(config, store, reads, self.writer, clock)

    def _used(self) -> dict[str, int]:
        return self.server.used()

    def _press(self, printer: PrinterConfig) -> Press:
        return Press(printer, language_of(printer), partial(transport_of, printer), self.rooms)

    def _applied(self, applied: Applied) -> None:
        """A transaction is durable: bring the caches and those who wait in step with it."""
        for job in applied.changed:
            self.lanes.committed(job)
            self.methods.committed(job)
            if job.printer is not None and job.printer in self.presses:
                self.presses[job.printer].bell.ring()
        self.calendar.committed(applied)
        for outcome in applied.outcomes:
            if type(outcome) is Paused:
                self.gates.committed(outcome)
        self.pressure.changed(applied.loads)
        self.feed.committed(applied.entries)
        self.board.touch()

    async def keep(self) -> None:
        """Now and then: shred what is due (the store does not while the clock is suspect); then see to the ledger."""
        seconds = self.config.spool.shred_interval_seconds
        while True:
            await trio.sleep(seconds)
            try:
                await self.writer.do(Shred())
                await self.methods.tally.tend()
            except StoreError as error:
                log.error("the store refuses", error=str(error))
            try:
                await self.ledger.tend()
            except StoreError as error:
                log.error("the ledger cannot be kept in order", error=str(error))

    async def take_configs(self, configs: trio.MemoryReceiveChannel[Config]) -> None:
        """Take over what a running spooler can of each new config: who may do what, opening hours and rations. The rest
        is named, and waits; a config with which the next start would fail is refused now, while somebody looks."""
        async for new in configs:
            change = difference(self.config, new)
            try:
                await trio.to_thread.run_sync(_check, new)
                self.methods.doorman.replace(new.principals)
            except (ConfigMismatchError, UnknownBackendError, TokenFileError) as error:
                log.error("the new configuration was not taken over", error=str(error))
                continue
            self.server.rights_changed()
            later = [
                *(table for table in change.tables if table not in AT_ONCE),
                *(["sites"] if change.sites else []),
                *(["printers"] if change.printers else []),
            ]
            who = change.principals
            log.info(
                "configuration read anew", principals_added=who.added, principals_removed=who.removed,
                principals_changed=who.changed, windows=len(new.windows), exceptions=len(new.exceptions),
                rations=len(new.rations),
            )  # fmt: skip
            if later:
                log.warning("these changes take effect at the next start", changed=later)
            self.config = evolve(
                self.config, principals=new.principals, windows=new.windows, exceptions=new.exceptions,
                rations=new.rations,
            )  # fmt: skip
            self.gates.replace(gate_rules(self.config))
            self.board.touch()

    def stop_presses(self) -> None:
        """No new card is begun; presses end when the card in hand is settled."""
        self.rooms.stop.set()
        for press in self.presses.values():
            press.bell.ring()


async def serve(
    config: Config,
    *,
    stop: trio.Event,
    clock: Clock | None = None,
    master: Master | None = None,
    adopt: bool = False,
    configs: trio.MemoryReceiveChannel[Config] | None = None,
    task_status: trio.TaskStatus[Addresses] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run until `stop` is set; then end in order: no new connections, cards in hand settled, last commits written.

    `master`: the key that wraps the key files, where somebody was asked for it; None: it comes from where the config
    says. `adopt`: take over a spool that was copied here; its jobs wait until a supervisor has compared the counters.
    `configs`: the config as it is read anew; what a running spooler can take over of it is taken over.

    A store that dies of a failed fsync is closed, opened anew and read through, and the work goes on from what it
    holds; a second failure on that way ends the run. Raises ConfigMismatchError for hardware that does not exist,
    StoreLockedError when another spooler has this spool, StoreError for one that cannot be opened, OSError when an
    address cannot be had.
    """
    _check(config)
    clock = clock or SystemClock()
    store = await trio.to_thread.run_sync(_open_store, config, clock, master, adopt)
    while True:
        try:
            return await _serve_store(config, store, clock, stop, configs, task_status)
        except* StoreDeadError as dead:
            log.error("the store is dead; it is opened anew", error=str(dead.exceptions[0]))
        task_status = trio.TASK_STATUS_IGNORED
        store = await trio.to_thread.run_sync(_open_again, config, clock, master)


def _check(config: Config) -> None:
    """Against the hardware and the templates that there are. Raises ConfigMismatchError, UnknownBackendError."""
    check_backends(config)
    check_templates(config)


def _open_again(config: Config, clock: Clock, master: Master | None) -> Store:
    """The store after its death. Raises StoreError where it is not whole."""
    store = _open_store(config, clock, master, adopt=False)
    fault = store.fault()
    if fault is not None:
        store.close()
        raise StoreError(f"The spool is not whole after its disk failed: {fault}. Look at the disk, then restore it.")
    return store


async def _serve_store(
    config: Config, store: Store, clock: Clock, stop: trio.Event,
    configs: trio.MemoryReceiveChannel[Config] | None, task_status: trio.TaskStatus[Addresses],
) -> None:  # fmt: skip
    """One opening of the store, which is closed at the end. Raises StoreDeadError in a group."""
    try:
        engine = Engine(config, store, clock)
        async with trio.open_nursery() as nursery:
            await nursery.start(engine.writer.run)
            nursery.start_soon(engine.keep)
            nursery.start_soon(engine.calendar.run)
            if configs is not None:
                nursery.start_soon(engine.take_configs, configs)
            async with trio.open_nursery() as presses:
                for press in engine.presses.values():
                    presses.start_soon(press.run)
                async with trio.open_nursery() as doors:
                    task_status.started(await doors.start(engine.server.run))
                    await stop.wait()
                    log.info("stopping: cards in hand are settled first")
                    doors.cancel_scope.cancel()
                engine.stop_presses()
                presses.cancel_scope.deadline = trio.current_time() + config.press.card_timeout_seconds
            with suppress(StoreError):
                await engine.methods.tally.flush()
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(store.close)
