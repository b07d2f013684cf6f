"""What the desk says, in the officers' two languages. One name per sentence, so that neither language can lack one."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from spooler.model.words import stages


@frozen
class Texts:
    """Everything on the page that does not come from the spooler. `{}` is filled in where it is shown."""

    title: str
    printing: str
    nothing_prints: str
    waiting: str
    held: str
    no_stop: str
    stops: str
    advice: str  # where nothing has stopped
    question: str  # about the card of a doubt
    which_job: str  # what the question is about: number, kind, printer
    good: str
    spoiled: str
    no_card: str
    look: str  # at the picture that the card should have
    later: str
    menu: str
    load: str
    ribbon: str
    inspect: str
    reprint: str
    release: str
    pause: str  # a printer, or let it go on
    quit: str
    back: str
    which_printer: str
    which_card: str
    which_held: str
    goes_on: str
    why_pause: str
    how_many: str
    which_roll: str
    what_stock: str
    is_good: str
    passed: str
    stage: str
    stages: tuple[str, ...]  # in the order of model.daysheet.STAGES
    why: str
    print_again: str
    second_card: str  # while the first one is out
    yes: str
    no: str
    none: str  # there is nothing to choose from
    enter: str
    done: str
    refused: str
    lost: str
    working: str
    picture: str
    no_picture: str
    no_site: str
    words: Mapping[str, str]  # closed words of the protocol, as people say them

    def say(self, word: str) -> str:
        """A closed word as people say it; one that is not known, as it is."""
        return self.words.get(word, word)


INDONESIAN: Final = Texts(
    title="MEJA CETAK KARTU",
    printing="Sedang dicetak",
    nothing_prints="tidak ada",
    waiting="Menunggu",
    held="Ditahan",
    no_stop="Semua berjalan.",
    stops="Berhenti",
    advice="Perhatikan",
    question="Kartu keluar?",
    which_job="Nomor {}, {}, di printer {}",
    good="baik",
    spoiled="rusak",
    no_card="tidak ada kartu",
    look="lihat gambar yang seharusnya",
    later="nanti",
    menu="Pilih dengan angka",
    load="isi blangko",
    ribbon="ganti pita",
    inspect="periksa kartu",
    reprint="cetak ulang",
    release="lepaskan yang ditahan",
    pause="jeda / lanjutkan printer",
    quit="keluar",
    back="kembali",
    which_printer="Printer yang mana?",
    which_card="Kartu yang mana?",
    which_held="Yang mana dilepaskan? Cocokkan dulu dengan dokumennya.",
    goes_on="Printer ini dijeda. Lanjutkan?",
    why_pause="Mengapa dijeda? Kartu di dalamnya diselesaikan dulu.",
    how_many="Berapa blangko dimasukkan?",
    which_roll="Nomor seri pita baru?",
    what_stock="Blangko apa?",
    is_good="Bagaimana kartunya?",
    passed="baik, boleh diserahkan",
    stage="Rusaknya di mana?",
    stages=stages("id"),
    why="Apa sebabnya?",
    print_again="Cetak ulang sekarang?",
    second_card="Kartu pertama sudah keluar. Cetak kartu kedua?",
    yes="ya",
    no="tidak",
    none="Tidak ada yang bisa dipilih.",
    enter="ketik, lalu Enter",
    done="Tercatat.",
    refused="Ditolak: {}",
    lost="Spooler tidak menjawab; dicoba lagi sendiri.",
    working="Sebentar …",
    no_picture="Gambarnya tidak ada: data kartu sudah dimusnahkan.",
    no_site="Spooler ini tidak mengenal lokasi {}; `spooler sites` menyebut semuanya.",
    picture="Cocokkan dengan kartu di tangan. Tekan angka apa saja untuk kembali.",
    words={
        "idle": "siap",
        "processing": "mencetak",
        "stopped": "berhenti",
        "printed": "tercetak",
        "passed": "lulus periksa",
        "spoiled": "rusak",
        "handed-over": "diserahkan",
        "returned": "dikembalikan",
        "destroyed": "dimusnahkan",
        "card-ktp-wni": "blangko KTP WNI",
        "card-ktp-wna": "blangko KTP WNA",
        "card-kia": "blangko KIA",
        "card-test": "kartu uji",
        "ribbon": "pita",
        "film": "film",
        "ktp": "KTP",
        "ktp-wna": "KTP WNA",
        "kia-0-5": "KIA 0–5",
        "kia-5-17": "KIA 5–17",
        "selftest": "kartu uji",
    },
)

ENGLISH: Final = Texts(
    title="CARD DESK",
    printing="Printing now",
    nothing_prints="nothing",
    waiting="Waiting",
    held="Held",
    no_stop="Everything runs.",
    stops="Stopped",
    advice="Note",
    question="Did the card come out?",
    which_job="Number {}, {}, at printer {}",
    good="good",
    spoiled="spoiled",
    no_card="no card",
    look="see the picture it should have",
    later="later",
    menu="Choose by number",
    load="load blanks",
    ribbon="change the ribbon",
    inspect="inspect a card",
    reprint="print again",
    release="release a held job",
    pause="pause / resume a printer",
    quit="leave",
    back="back",
    which_printer="Which printer?",
    which_card="Which card?",
    which_held="Which one is released? Hold it against its document first.",
    goes_on="This printer is paused. Shall it go on?",
    why_pause="Why is it paused? The card in it is finished first.",
    how_many="How many blanks were put in?",
    which_roll="The new ribbon's serial number?",
    what_stock="Which blanks?",
    is_good="How is the card?",
    passed="good, it may be handed over",
    stage="Where was it spoiled?",
    stages=stages("en"),
    why="What is the reason?",
    print_again="Print it again now?",
    second_card="The first card is out. Print a second one?",
    yes="yes",
    no="no",
    none="There is nothing to choose from.",
    enter="type it, then Enter",
    done="It is in the book.",
    refused="Refused: {}",
    lost="The spooler does not answer; it is tried again.",
    working="One moment …",
    no_picture="There is no picture: the card's data has been destroyed.",
    no_site="This spooler has no site {}: `spooler sites` lists them.",
    picture="Hold it beside the card in your hand. Press any number to go back.",
    words={
        "handed-over": "handed over",
        "card-ktp-wni": "blanks for KTP WNI",
        "card-ktp-wna": "blanks for KTP WNA",
        "card-kia": "blanks for KIA",
        "card-test": "test cards",
        "ktp": "KTP",
        "ktp-wna": "KTP WNA",
        "kia-0-5": "KIA 0–5",
        "kia-5-17": "KIA 5–17",
        "selftest": "test card",
    },
)

LANGUAGES: Final = {"id": INDONESIAN, "en": ENGLISH}
