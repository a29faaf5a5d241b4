from letters.models.letters import Letter, LetterNumber, PrintRun
from letters.models.quality import QualityCheck, QualityForm
from letters.models.templates import LetterTemplate

__all__ = ["Letter", "LetterNumber", "LetterTemplate", "PrintRun", "QualityCheck", "QualityForm"]
