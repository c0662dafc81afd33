"""Options as they are typed: each one's name and help, and the groups of them that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ocr2cli.options import Extras, HtmlImages, Talk, chunk_options, formats
from output.options import MathStyle, RenderOptions, Running, TableStyle
from pipeline.model.family.asked import check_ngram
from pipeline.reader_options import Draft, Figures, KvCache, Mode, ReaderOptions, Task

READING = "What is read"
MODEL = "How it is read"
CLUSTER = "On many machines"
WRITING = "What is written"
EXTRAS = "What is written beside it"
TALK = "What is said"

VERBOSE = "ocr2.verbose"
"""Under this name a command's context keeps whether it was told to be verbose, for the handler of errors."""

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="PDFs, images (PNG, JPEG, TIFF, WebP), folders, 'patterns*', URLs, @lists, or - for stdin.",
    ),
]
FilesFrom = Annotated[
    Path | None,
    typer.Option("--files-from", metavar="FILE|-", help="A list of inputs, one per line.", rich_help_panel=READING),
]
Null = Annotated[
    bool,
    typer.Option(
        "--null", "-0", help="Inputs in --files-from are separated by NUL (find -print0).", rich_help_panel=READING
    ),
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Descend into subfolders, too.", rich_help_panel=READING)
]
Pages = Annotated[
    str | None,
    typer.Option("--pages", metavar="LIST", help="Pages to read, from 1: 1,3-5,9-", rich_help_panel=READING),
]
Password = Annotated[
    list[str] | None,
    typer.Option(
        "--password",
        metavar="TEXT",
        help="Tried on encrypted PDFs; may be repeated. Others can see it in a list of processes, not OCR2_PASSWORD, "
        "which has one per line.",
        rich_help_panel=READING,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        "-f",
        rich_help_panel=READING,
        help="Read all pages anew; replace what somebody else has written or changed, or a better model has read.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", "-n", rich_help_panel=READING,
        help="Only say what would be read: pages, crops, visual tokens, what is done already, how long it takes.",
    ),
]  # fmt: skip
Shard = Annotated[
    str,
    typer.Option(
        "--shard", metavar="I/N|auto", rich_help_panel=READING,
        help="Read this part of the documents only, like 3/16; auto: what a Slurm array or Kubernetes Job says.",
    ),
]  # fmt: skip
Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="NAME", rich_help_panel=MODEL,
        help="auto, nano, text-layer, text-layer+NAME, a Hugging Face repo, a folder, or a server (http://host:8000/v1).",
    ),
]  # fmt: skip
Device = Annotated[
    str,
    typer.Option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:N or mps.", rich_help_panel=MODEL),
]
Gpus = Annotated[
    str | None,
    typer.Option(
        "--gpus", metavar="all|0,1", help="GPUs that share the pages, one process each.", rich_help_panel=MODEL
    ),
]
GpuMemory = Annotated[
    float,
    typer.Option(
        "--gpu-memory",
        metavar="X",
        min=0.1,
        max=1.0,
        help="Share of a GPU's memory that ocr2 may use.",
        rich_help_panel=MODEL,
    ),
]
KvCacheName = Annotated[
    KvCache,
    typer.Option(
        "--kv-cache", rich_help_panel=MODEL,
        help="Keys and values between steps: auto (as the model computes: 16 bits on a GPU), bf16, or int8 (half).",
    ),
]  # fmt: skip
DraftName = Annotated[
    Draft,
    typer.Option(
        "--draft", rich_help_panel=MODEL,
        help="Guesses that the model checks, so that reading is faster; the text stays the same. text: from the PDF's "
        "own text, and what the page said before; auto: that on a CPU; off: none.",
    ),
]  # fmt: skip
Language = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="LIST", rich_help_panel=MODEL,
        help="Languages of the pages (de,en), for readers of other packages that ask for them.",
    ),
]  # fmt: skip
TaskName = Annotated[
    Task,
    typer.Option(
        "--task", rich_help_panel=MODEL,
        help="markdown: with layout; ocr: text only; grounded-ocr: text and places; figure: a chart or drawing as a "
        "table; describe: a picture in words.",
    ),
]  # fmt: skip
Located = Annotated[
    str | None,
    typer.Option("--locate", metavar="TEXT", help="Instead: find this on the page.", rich_help_panel=MODEL),
]
Prompt = Annotated[
    str | None,
    typer.Option(
        "--prompt", metavar="TEXT", help="Instead: a prompt of your own; <image> is the page.", rich_help_panel=MODEL
    ),
]
ModeName = Annotated[
    Mode | None,
    typer.Option(
        "--mode", rich_help_panel=MODEL, show_default="the model's: gundam, a view of the page and tiles",
        help="How pages are cut for models that can several ways: tiny, small, base and large are one view each.",
    ),
]  # fmt: skip
Ngram = Annotated[
    str,
    typer.Option(
        "--ngram", metavar="auto|benchmark|off|SIZE/WINDOW", rich_help_panel=MODEL,
        help="Runs of SIZE tokens come once in the last WINDOW: as the model's makers read PDFs and images, or as they "
        "read for published scores.",
    ),
]  # fmt: skip
FiguresName = Annotated[
    Figures,
    typer.Option(
        "--figures", rich_help_panel=MODEL,
        help="parse: read each picture on pages that the model reads once more, and put its table or text under it.",
    ),
]  # fmt: skip
PagesAtOnce = Annotated[
    int,
    typer.Option(
        "--pages-at-once", metavar="N", min=1, max=100, rich_help_panel=MODEL,
        help="Pages of a document in one answer, for models that can (Unlimited-OCR); one that fails is read alone.",
    ),
]  # fmt: skip
Dpi = Annotated[
    int | None,
    typer.Option(
        "--dpi", metavar="N", min=36, max=600, help="Resolution at which pages are read.", rich_help_panel=MODEL,
        show_default="the model's: 144, of Unlimited-OCR 300",
    ),
]  # fmt: skip
Upright = Annotated[
    bool,
    typer.Option(
        "--upright/--no-upright",
        help="Turn pages that lie on their side or stand on their head.",
        rich_help_panel=MODEL,
    ),
]
MaxTokens = Annotated[
    int,
    typer.Option("--max-tokens", metavar="N", min=1, max=32768, help="Most tokens per page.", rich_help_panel=MODEL),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="auto|HOST:PORT", rich_help_panel=CLUSTER,
        help="Read on all nodes of a Ray cluster: the one of this machine (or RAY_ADDRESS), or that of a head node.",
    ),
]  # fmt: skip
RayReaders = Annotated[
    int | None,
    typer.Option(
        "--ray-readers", metavar="N", min=1, rich_help_panel=CLUSTER, show_default="as many as there is room for",
        help="Most readers at once.",
    ),
]  # fmt: skip
RayCpus = Annotated[
    int, typer.Option("--ray-cpus", metavar="N", min=1, help="CPUs for each reader.", rich_help_panel=CLUSTER)
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="DIR|URL|-", help="Folder or bucket for the results, or - for Markdown on stdout.",
        rich_help_panel=WRITING, show_default="this folder; - for stdin",
    ),
]  # fmt: skip
Math = Annotated[MathStyle, typer.Option("--math", help=r"Formulas as $…$ or as \(…\).", rich_help_panel=WRITING)]
Tables = Annotated[
    TableStyle,
    typer.Option(
        "--tables", help="Tables as HTML, or as Markdown where no cell spans others.", rich_help_panel=WRITING
    ),
]
Headers = Annotated[
    Running,
    typer.Option(
        "--headers",
        help="Running heads and feet: once each without page numbers, all kept, or as comments.",
        rich_help_panel=WRITING,
    ),
]
PageSeparator = Annotated[
    bool,
    typer.Option("--page-separator", help="Mark in the Markdown where each page begins.", rich_help_panel=WRITING),
]
FrontMatter = Annotated[
    bool,
    typer.Option(
        "--front-matter", rich_help_panel=WRITING,
        help="Title, author, date and number of pages as YAML at the head of the Markdown.",
    ),
]  # fmt: skip
Emphasised = Annotated[
    bool,
    typer.Option(
        "--emphasis/--no-emphasis", rich_help_panel=WRITING,
        help="Bold, italic and typewriter words as the PDF sets them; struck-out words are marked in any case.",
    ),
]  # fmt: skip
Comments = Annotated[
    bool,
    typer.Option("--comments", help="Comments that people left on the pages, as quotations.", rich_help_panel=WRITING),
]
Hidden = Annotated[
    Running,
    typer.Option(
        "--hidden", rich_help_panel=WRITING,
        help="Text that nobody sees (white, invisible, covered): left out and counted, kept, or as comments.",
    ),
]  # fmt: skip
Csv = Annotated[bool, typer.Option("--csv", help="Write a CSV file for each table, too.", rich_help_panel=EXTRAS)]
Formats = Annotated[
    str,
    typer.Option(
        "--format", metavar="LIST", rich_help_panel=EXTRAS,
        help="md, text, json (every block with its boxes), html (one file), chunks (for retrieval), pdf (searchable), "
        "hocr, alto: --format md,json",
    ),
]  # fmt: skip
ChunkSize = Annotated[
    int,
    typer.Option("--chunk-size", metavar="N", help="Most tokens of a chunk, estimated.", rich_help_panel=EXTRAS),
]
ChunkOverlap = Annotated[
    int | None,
    typer.Option(
        "--chunk-overlap", metavar="N", rich_help_panel=EXTRAS, show_default="an eighth of the size",
        help="Most tokens of whole sentences that a chunk repeats of the one before.",
    ),
]  # fmt: skip
HtmlPictures = Annotated[
    HtmlImages,
    typer.Option("--html-images", help="Embed the pictures in the HTML, or link them.", rich_help_panel=EXTRAS),
]
LayoutPdf = Annotated[
    bool,
    typer.Option(
        "--layout-pdf", help="The source with boxes, labels and reading order as annotations.", rich_help_panel=EXTRAS
    ),
]
Preview = Annotated[
    bool,
    typer.Option("--preview", help="One HTML file with page images beside the text.", rich_help_panel=EXTRAS),
]
Open = Annotated[
    bool,
    typer.Option("--open", help="Write a preview, and open the first one in the browser.", rich_help_panel=EXTRAS),
]
Check = Annotated[
    bool,
    typer.Option("--check", help="Compare each page with the PDF's own text.", rich_help_panel=EXTRAS),
]
Whole = Annotated[
    bool,
    typer.Option(
        "--whole", rich_help_panel=WRITING,
        help="Into a pipe, wait for the whole document, so that paragraphs and tables split by page breaks are joined.",
    ),
]  # fmt: skip
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="One JSON object per document on stdout; with -v also one per page.", rich_help_panel=TALK
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.", rich_help_panel=TALK)]


def _keep(ctx: typer.Context, asked: bool) -> bool:
    ctx.meta[VERBOSE] = asked
    return asked


Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Say more; tracebacks.", callback=_keep, rich_help_panel=TALK),
]


@dataclass(frozen=True)
class Network:
    """How pages are read."""

    model: Model = "auto"
    device: Device = "auto"
    task: TaskName = "markdown"
    language: Language = None
    locate: Located = None
    prompt: Prompt = None
    mode: ModeName = None
    dpi: Dpi = None
    ngram: Ngram = "auto"
    pages_at_once: PagesAtOnce = 1
    figures: FiguresName = "keep"
    upright: Upright = True
    max_tokens: MaxTokens = 8192
    gpus: Gpus = None
    gpu_memory: GpuMemory = 0.9
    kv_cache: KvCacheName = "auto"
    draft: DraftName = "auto"
    ray: Ray = None
    ray_readers: RayReaders = None
    ray_cpus: RayCpus = 1

    @property
    def reading(self) -> ReaderOptions:
        """Raises UserError for an `ngram` that is no rule."""
        check_ngram(self.ngram)
        # By name, not one by one: an option here that readers do not know fails at once.
        return ReaderOptions(**vars(self))


@dataclass(frozen=True)
class Style:
    """How the text is written."""

    math: Math = MathStyle.DOLLAR
    tables: Tables = TableStyle.HTML
    headers: Headers = Running.DROP
    page_separator: PageSeparator = False
    front_matter: FrontMatter = False
    emphasis: Emphasised = True
    comments: Comments = False
    hidden: Hidden = Running.DROP
    csv: Csv = False

    @property
    def render(self) -> RenderOptions:
        return RenderOptions(
            self.math, self.tables, self.page_separator, self.headers, csv=self.csv, front_matter=self.front_matter,
            emphasis=self.emphasis, comments=self.comments, hidden=self.hidden,
        )  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """What is written beside the text."""

    formats: Formats = "md"
    chunk_size: ChunkSize = 512
    chunk_overlap: ChunkOverlap = None
    html_images: HtmlPictures = HtmlImages.EMBED
    layout_pdf: LayoutPdf = False
    preview: Preview = False
    check: Check = False

    @property
    def extras(self) -> Extras:
        """Raises UserError for a format that there is not, and for chunks that cannot be cut so."""
        chunks = chunk_options(self.chunk_size, self.chunk_overlap)
        return Extras(formats(self.formats), self.html_images, self.layout_pdf, self.preview, self.check, chunks)


@dataclass(frozen=True)
class Said:
    """What is said, and to whom."""

    as_json: Json = False
    quiet: Quiet = False
    verbose: Verbose = False

    @property
    def talk(self) -> Talk:
        return Talk.VERBOSE if self.verbose else Talk.QUIET if self.quiet else Talk.NORMAL
