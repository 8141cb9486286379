"""A learner that looks at a session, which keeps what was answered and reached."""

from nnsim.lessons.learner import Learner, News
from nnsim.session.session import Session


def look(learner: Learner, session: Session) -> list[News]:
    news = learner.look(session.view)
    if (noted := learner.take_progress()) is not None:
        session.saving.note_progress(*noted)
    return news
