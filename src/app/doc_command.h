#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "api/document_calls.h"
#include "base/result.h"

namespace righttask::app {

struct Exit;

/// `righttask doc VERB` or `righttask backup`, as typed.
struct DocCommand {
  std::string verb;
  std::filesystem::path data_dir = "data";
  std::string room{};
  std::optional<std::uint64_t> version{};
  std::string name{};  // for a version to be made
  std::string file{};  // empty or "-": standard input or output
  bool json = false;
};

/// The verbs `doc` and `backup` of the command line.
class DocVerb {
 public:
  /// Declares them on the program.
  explicit DocVerb(CLI::App& program);

  /// Nothing unless one of them was asked for.
  [[nodiscard]] std::optional<DocCommand> understand() const;

 private:
  CLI::App& declare(CLI::App& doc, const std::string& verb, const std::string& about, bool room);

  CLI::App* doc_ = nullptr;
  CLI::App* backup_ = nullptr;
  DocCommand command_;
  std::uint64_t version_ = 0;
};

// Exit codes of `righttask doc` and `righttask backup`. (Spec: CLI-4)
inline constexpr int kDocDone = 0;
inline constexpr int kDocRefused = 1;  // not done, or `verify` has found something
inline constexpr int kDocUnusable = 2;

struct DocAnswer {
  int status = 0;    // as HTTP has it
  std::string body;  // JSON, or the bytes of a document
};

/// Carries a call out. The error is a sentence: nobody could be asked.
using DocPerform = std::function<Result<DocAnswer, std::string>(const api::DocumentCall&)>;

/// Asks, and puts the answer into words.
[[nodiscard]] Exit run_doc(const DocCommand& command, const DocPerform& perform);

/// Goes to the server that uses the data directory, or to the store itself where there is none.
[[nodiscard]] Exit run_doc(const DocCommand& command);

}  // namespace righttask::app
