"""What a person has answered and reached of a lesson, in words."""

from nnsim.lessons.learner import Learner
from nnsim.text import count


def outcome(learner: Learner) -> str:
    """`2 of 3 questions answered, 1 right; 1 of 1 challenge reached`."""
    parts = learner.lesson.parts
    questions = [page for page, one in enumerate(parts) if one.question is not None]
    answered = [page for page in questions if page in learner.predicted]
    right = sum(bool(learner.is_right(page)) for page in answered)
    told = []
    if questions:
        told.append(f"{len(answered)} of {count(len(questions), 'question')} answered, {right} right")
    if challenges := learner.lesson.challenges:
        reached = sum(page in learner.reached for page in challenges)
        told.append(f"{reached} of {count(len(challenges), 'challenge')} reached")
    return "; ".join(told) or "all pages read"
