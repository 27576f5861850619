"""The project of a case of tests/cases, for measurements of what the suite asserts."""
import pathlib
import re

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
FENCE = re.compile(r"^```(\S+) ?(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(case, title=None):
    """Its blocks by language and name: those above its first section, and then those of the section of that title."""
    shared, *sections = (CASES / f"{case}.md").read_text().split("\n## ")
    texts = [shared] + [section for section in sections if title and section.startswith(title)]
    found = {}
    for language, name, text in (block for part in texts for block in FENCE.findall(part)):
        found[language, name] = found.get((language, name), "") + text if language == "alloc" else text
    return found


def project(case, folder, title=None):
    """Writes the project that the suite would write: the policy, its data, and a manifest that names them."""
    folder = pathlib.Path(folder)
    inputs = []
    for (language, name), text in blocks(case, title).items():
        if language == "alloc":
            place = folder / "policy" / f"{name or 'main'}.alloc"
        elif language in ("csv", "json") and name:
            place = folder / "data" / f"{name}.{language}"
            inputs.append(f'{name} = "data/{place.name}"')
        else:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    head = '[project]\nname = "case"\npolicy = "policy/main.alloc"\n\n[inputs]\n'
    (folder / "apportion.toml").write_text(head + "\n".join(inputs) + "\n")
    return folder
