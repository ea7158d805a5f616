#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "api/document_calls.h"
#include "app/doc_command.h"
#include "base/result.h"

namespace righttask::app {

/// The documents of a data directory that no server uses: the rooms of a server without members.
/// Holds the directory's lock, so no server can begin to use it meanwhile.
class OfflineDocuments {
 public:
  /// Makes no directory and no store. The error is a sentence.
  [[nodiscard]] static Result<std::unique_ptr<OfflineDocuments>, std::string> open(
      const std::filesystem::path& data_dir);
  /// Returns once everything is written.
  ~OfflineDocuments();

  [[nodiscard]] DocAnswer perform(const api::DocumentCall& call);

 private:
  struct Parts;
  explicit OfflineDocuments(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace righttask::app
