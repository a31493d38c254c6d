"""Everything the sections share, made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from core.aggregation.calibration import load_calibration
from core.detection.base import FaceDetector
from core.domain.comparison import Comparison
from core.errors import CaseError, ModelError
from core.evaluation.people import BATCH
from core.evaluation.protocol.baselines import load_foundation
from core.evaluation.protocol.describe import AttributeReader
from core.evaluation.protocol.faces import REAL_SHARE, Suspects, TestFaces, draw_faces
from core.evaluation.protocol.methods import DfrecResult, joined, run_dfrec
from core.evaluation.protocol.networks import rffr_from
from core.evaluation.protocol.people import PhotoGallery, gallery_of
from core.evaluation.protocol.settings import Progress, ProtocolSettings
from core.evaluation.protocol.shifting import identity_model_of
from core.models.embedding import Embedder
from core.models.mae import FaceMae
from core.models.perceptual import PerceptualFeatures, load_perceptual
from core.models.registry import ModelRegistry
from core.recovery.detection import CompanionDetector
from core.recovery.loading import load_detector, load_embedder, load_recoverer, load_surroundings
from core.recovery.recoverer import FaceRecoverer
from core.recovery.surroundings import SurroundingsReader
from core.training import corpus
from core.training.corpus import FaceCorpus
from core.training.forgery_batch import ForgeryConfig
from core.training.identity_shift import IdentityModel
from core.training.swap_network import Swapper


class Bench:
    """Networks, people and test faces of one run.

    Args:
        registry: all models.
        settings: of the run.
        progress: told how far drawing and recovering are.

    Attributes and methods raise ModelError or CaseError where something that the user named is not usable.
    """

    def __init__(self, registry: ModelRegistry, settings: ProtocolSettings, progress: Progress) -> None:
        self.registry, self.settings, self.progress = registry, settings, progress

    @cached_property
    def corpus(self) -> FaceCorpus:
        """The packed faces; validation people are among them."""
        assert self.settings.faces is not None, "asked for only by sections that need them"
        faces = corpus.load(self.settings.faces)
        if not faces.is_validation.any():
            raise CaseError("no validation people there", path=self.settings.faces, next_step="pack more identities")
        return faces

    @cached_property
    def detector(self) -> FaceDetector:
        """Finds landmarks."""
        return load_detector(self.registry, "mtcnn", self.settings.device)

    @cached_property
    def embedder(self) -> Embedder:
        """Describes photographs and pictures."""
        return load_embedder(self.registry, self.settings.embedder, self.settings.device)

    @cached_property
    def identity_model(self) -> IdentityModel | None:
        """What forgeries without a seam are made with; None where the corpus is too small for it."""
        return identity_model_of(self.corpus, self.settings, self.people_folder())

    @cached_property
    def recoverer(self) -> FaceRecoverer:
        """The model as the application runs it."""
        return load_recoverer(self.registry, self.settings.model, self.settings.device, self.embedder)

    @cached_property
    def reader(self) -> SurroundingsReader | None:
        """Reads the surroundings of photographs; None where the model does not."""
        return load_surroundings(self.registry, self.settings.model, self.settings.device)

    @cached_property
    def comparison(self) -> Comparison:
        """The rule of the application for these weights."""
        if self.settings.calibration is not None:
            table = load_calibration(self.settings.calibration)
            measured = (table.model_sha256, table.embedder_id)
            if measured == (self.recoverer.weights_sha256, self.recoverer.embedder_id):
                return table.comparison
        return Comparison(centre=tuple(self.gallery.mean.tolist()))

    @cached_property
    def gallery(self) -> PhotoGallery:
        """All photographs of validation people."""
        return gallery_of(self.corpus, self.embedder)

    @cached_property
    def faces(self) -> TestFaces:
        """Forgeries degraded as in training, a third pristine."""
        return self.draw(ForgeryConfig(real_share=REAL_SHARE, self_blend_share=0.0))

    @cached_property
    def clean_faces(self) -> TestFaces:
        """The same, hardly degraded: what robustness starts from."""
        return self.draw(ForgeryConfig(real_share=REAL_SHARE, self_blend_share=0.0, degrade_share=0.0))

    @cached_property
    def result(self) -> DfrecResult:
        """DFREC on `faces`."""
        return self.recover(self.recoverer, self.faces, "recovering")

    @property
    def suspects(self) -> Suspects:
        """`faces` as a method is given them."""
        return Suspects(crops=self.faces.crops, landmarks=self.faces.landmarks, map=self.result.map)

    @cached_property
    def perceptual(self) -> PerceptualFeatures | None:
        """ImageNet features; None where there are no weights."""
        try:
            return load_perceptual().to(self.settings.device)
        except ModelError:
            return None

    @cached_property
    def rffr(self) -> CompanionDetector | None:
        """RFFR's classifier; None where no weights were given."""
        path = self.settings.rffr
        return None if path is None else rffr_from(path, self.settings.device)

    @cached_property
    def foundation(self) -> FaceMae | None:
        """The autoencoder of real faces; None where there are no weights."""
        return load_foundation(self.registry, self.settings.device)

    @cached_property
    def attributes(self) -> AttributeReader | None:
        """The attribute head on the CC0 embedder; None where there are no weights."""
        from core.evaluation.protocol.baselines import load_attributes

        return load_attributes(self.registry, self.settings.attributes, self.settings.device)

    def draw(self, config: ForgeryConfig, swapper: Swapper | None = None) -> TestFaces:
        """Forgeries of validation people."""
        count, seed = self.settings.count, self.settings.seed
        model = self.identity_model
        self.progress.begin("forging test faces", count, "face")
        return draw_faces(self.corpus, self.detector, count, seed, config, model, self.progress.advance, swapper)

    def recover(self, recoverer: FaceRecoverer, faces: TestFaces, what: str) -> DfrecResult:
        """Run a recoverer on faces, batch by batch."""
        self.progress.begin(what, len(faces), "face")
        parts = []
        for at in range(0, len(faces), BATCH):
            near = slice(at, at + BATCH)
            parts.append(run_dfrec(recoverer, faces.crops[near], faces.landmarks[near], self.settings.seed))
            self.progress.advance(len(faces.crops[near]))
        return joined(parts)

    @property
    def basis(self) -> str:
        """What everything is measured with, in one line."""
        card = self.registry.find(self.settings.model)
        return (
            f"Weights `{card.name}` (SHA-256 {card.sha256[:12]}), embedder `{self.settings.embedder}`, "
            f"{self.settings.count} faces a section, seed {self.settings.seed}."
        )

    def people_folder(self) -> Path:
        """Folder for pictures of measured people: personal data, apart from what may be published."""
        folder = self.settings.out / "people"
        folder.mkdir(parents=True, exist_ok=True)
        return folder
