"""The style sheets that a screen and the picture shown while it loads have in common."""

# The same places in a screen and in its opening.
HOME_CSS = """
    #head, #foot { height: 1; padding: 0 1; }
    #head { background: $primary-background; color: $text; }
    #foot { color: $text-muted; }
    #top { height: 1fr; }
    .box { border: round $foreground 35%; border-title-color: $text-muted; border-subtitle-color: $text-muted; }
    #left { width: 64; }
    #right { width: 1fr; }
    #course, #recordings, #next { height: 1fr; }
    #heads { height: 1; color: $text-muted; }
    #next { padding: 0 2; }
    #elsewhere { height: 6; padding: 0 2; }
    #words { width: 1fr; padding: 0 2; }
    #recordings, #words { display: none; }
    &.-wide #right { width: 68; }
    &.-wide #words { display: block; }
    &.-recordings #course { display: none; }
    &.-recordings #recordings, &.-both #recordings, &.-both #course { display: block; }
    &.-both #recordings { height: auto; max-height: 9; }
    &.-both.-low #recordings { max-height: 4; }
    &.-stacked #top { layout: vertical; }
    &.-stacked #left, &.-stacked #right { width: 1fr; }
    &.-stacked #left { height: 1fr; }
    &.-stacked #right { height: 6; }
    &.-stacked #elsewhere { display: none; }
    &.-stacked #next { padding: 0 1; }
    &.-low #right { display: none; }
"""


WORKBENCH_CSS = """
    layout: vertical;
    #head { height: 1; background: $primary-background; color: $text; padding: 0 1; }
    #panes { height: 1fr; }
    #status { height: 1; background: $panel; color: $text; padding: 0 1; }
    #foot { height: 1; color: $text-muted; padding: 0 1; }
    #small { display: none; height: 1fr; content-align: center middle; text-align: center; }
"""


FRAME_CSS = """
    border: round $foreground 35%; border-title-color: $text-muted; border-subtitle-color: $text-muted;
    width: 1fr; height: 1fr; padding: 0;
"""


FRAME_IN_FOCUS_CSS = "border: round $primary; border-title-color: $text; border-title-style: bold;"

# Notifications lie on the line that says what is open, the one that nothing is lost by.
TOAST_CSS = """
    ToastRack { dock: top; margin: 0; max-height: 4; overflow: hidden; }
    Toast { width: 1fr; max-width: 100%; margin: 0; padding: 0 1; text-style: bold; }
    Toast, Toast.-information { border-left: none; background: $foreground; color: $background; }
    Toast.-warning { border-left: none; background: $warning; color: $background; }
    Toast.-error { border-left: none; background: $error; color: $background; }
    .-colourless Toast { text-style: bold reverse; }
"""
