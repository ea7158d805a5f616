#pragma once

#include "model/limits.h"

namespace CLI {
class App;
}

namespace righttask::app {

/// Declares a flag, and an environment variable, for each of the limits that have one
/// (docs/spec/limits.md). `limits` holds the defaults, and what the user gave once it is parsed.
void declare_limits(CLI::App& verb, Limits& limits);

}  // namespace righttask::app
