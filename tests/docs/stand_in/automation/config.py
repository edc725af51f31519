"""Stands for the reader of the daemon's YAML file: which of its parts are switched on."""

from types import SimpleNamespace


class ConfigurationLoader:
    def load_config(self, path):
        if not path.exists():
            raise FileNotFoundError(f"Configuration file not found: {path}")
        enabled, section = [], ""
        for line in path.read_text().splitlines():
            if line.endswith(":") and not line.startswith(" "):
                section = line[:-1]
            elif line.strip() == "enabled: true" and section.endswith("_handler"):
                enabled.append(section.removesuffix("_handler"))
        return SimpleNamespace(enabled=enabled)
