"""The word lists of the analysis: English, German, Spanish; short, and honest about it."""


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


POSITIVE = _words(
    "good great excellent perfect thanks thank happy glad love helpful wonderful pleased solved nice",
    "gut super danke toll perfekt prima zufrieden freue freut gerne hilfreich gelöst schön",
    "bien bueno buena gracias excelente perfecto feliz contento contenta encantado encantada resuelto",
)

NEGATIVE = _words(
    "bad terrible awful angry broken problem problems wrong worst late never unhappy disappointed complaint hate",
    "schlecht furchtbar kaputt problem probleme falsch wütend ärger ärgerlich spät enttäuscht beschwerde leider",
    "mal malo mala terrible problema problemas roto rota enfadado enfadada tarde queja decepcionado",
)

SENSITIVE = _words("password passcode pin cvv cvc kennwort passwort geheimzahl contraseña clave")

STOP_WORDS = _words(
    "that this with have from they will would there their what about which when make like just into your some could",
    "them than then been were also want said does here very much more only over such speech",
    "eine einen einer eines nicht auch aber oder wenn dann noch sind wird werden haben habe kann können möchte meine",
    "mein ihre ihnen über unter nach beim zwischen durch dass diese dieser dieses bitte sehr schon",
    "para pero como esta este esto está muy más cuando donde porque desde hasta sobre entre también quiero puede tengo",
)
