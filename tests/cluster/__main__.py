"""`make test-cluster`: exits with 2 where there is no cluster, else with what pytest says; the cluster is the current kubeconfig's."""

import subprocess
import sys

import pytest

from deploy.local.children import ROOT
from tests.cluster.measured import REPORT


def why_no_cluster() -> str:
    try:
        asked = subprocess.run(["kubectl", "get", "--raw=/readyz", "--request-timeout=5s"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "kubectl is not installed"
    return asked.stderr.strip().partition("\n")[0] if asked.returncode else ""


if __name__ == "__main__":
    if reason := why_no_cluster():
        print(f"kefu: no cluster answers: {reason}", file=sys.stderr)
        sys.exit(2)
    REPORT.unlink(missing_ok=True)
    code = pytest.main(["-p", "no:xdist", "-o", "timeout=1800", *sys.argv[1:], str(ROOT / "tests" / "cluster")])
    if REPORT.exists():
        print(REPORT.read_text())
    sys.exit(code)
