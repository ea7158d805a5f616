#pragma once

#include <filesystem>
#include <string>

#include "api/document_calls.h"
#include "app/doc_command.h"
#include "base/result.h"

namespace righttask::app {

/// Whether a server takes calls for this data directory.
[[nodiscard]] bool server_listens(const std::filesystem::path& data_dir);

/// Carries a call out by that server, however long it takes. Errors are sentences.
[[nodiscard]] Result<DocAnswer, std::string> ask_server(const std::filesystem::path& data_dir,
                                                        const api::DocumentCall& call);

}  // namespace righttask::app
