#include "app/doc_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <utility>

#include "app/doc_client.h"
#include "app/offline_documents.h"
#include "app/options.h"
#include "auth/json.h"
#include "ops/log.h"

namespace righttask::app {
namespace {

using auth::Json;

Exit failed(int code, const DocCommand& command, const std::string& what) {
  const std::string name = command.verb == "backup" ? "backup" : "doc " + command.verb;
  return {code, "", "righttask " + name + ": " + what + "\n"};
}

std::string who() {
  const char* user = std::getenv("USER");
  return user != nullptr && *user != '\0' ? user : "operator";
}

bool is_standard(const std::string& file) {
  return file.empty() || file == "-";
}

Result<Bytes, std::string> read_all(const std::string& file) {
  std::ifstream opened;
  if (!is_standard(file)) {
    opened.open(file, std::ios::binary);
    if (!opened) return fail(file + ": cannot be read");
  }
  std::error_code ignored;
  if (!is_standard(file) && std::filesystem::is_directory(file, ignored)) {
    return fail(file + ": is a folder");
  }
  std::istream& in = is_standard(file) ? std::cin : opened;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.empty()) return fail(std::string("there is nothing to import"));
  return Bytes(text.begin(), text.end());
}

/// Replaces no file, follows no link, and leaves no part of one.
Result<void, std::string> write_all(const std::string& file, const std::string& bytes) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
    return fail(file + ": exists already");
  }
  std::ofstream out(file, std::ios::binary | std::ios::noreplace);
  if (!out.is_open()) return fail(file + ": cannot be written");
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) return {};
  std::filesystem::remove(file, ignored);
  return fail(file + ": cannot be written");
}

// ---- reading answers ---------------------------------------------------------------------------

std::int64_t number(const Json& object, const char* key) {
  return json_integer_value(json_object_get(object.get(), key));
}

std::string text(const json_t* object, const char* key) {
  return std::string(auth::string_member(object, key).value_or(""));
}

/// What members chose: it must not command the operator's terminal.
std::string shown_text(const json_t* object, const char* key) {
  return ops::printable(text(object, key), 1024);
}

std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t kKilo = 1024;
  if (bytes < kKilo) return std::to_string(bytes) + " B";
  if (bytes < kKilo * kKilo) return std::to_string(bytes / kKilo) + " KiB";
  return std::to_string(bytes / kKilo / kKilo) + " MiB";
}

/// Columns as wide as their widest cell.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::vector<std::string> room_row(const json_t* room) {
  const Json held(json_incref(const_cast<json_t*>(room)));
  return {shown_text(room, "room"),
          text(room, "changed_at"),
          std::to_string(number(held, "updates")),
          size_text(number(held, "snapshot_bytes") + number(held, "update_bytes")),
          std::to_string(number(held, "versions")),
          std::to_string(number(held, "set_aside"))};
}

std::vector<std::string> version_row(const json_t* version) {
  const Json held(json_incref(const_cast<json_t*>(version)));
  return {std::to_string(number(held, "id")),
          text(version, "at"),
          text(version, "kind"),
          size_text(number(held, "bytes")),
          shown_text(version, "author"),
          shown_text(version, "name")};
}

std::string shown_report(const Json& report) {
  const auto count = [&](const char* key) { return std::to_string(number(report, key)); };
  std::string out = "read " + count("rooms") + " rooms, " + count("updates") + " updates, " +
                    count("snapshots") + " states, " + count("versions") + " versions; " +
                    count("set_aside") + " updates are set aside\n";
  if (json_is_false(json_object_get(report.get(), "structure_checked"))) {
    out += "the structure of the file was not checked: it was being written to\n";
  }
  std::size_t at = 0;
  json_t* problem = nullptr;
  json_array_foreach(json_object_get(report.get(), "problems"), at, problem) {
    out += "  " + std::string(auth::string_value(problem)) + "\n";
  }
  const bool sound = json_is_true(json_object_get(report.get(), "sound"));
  return out + (sound ? "everything is sound\n" : count("problem_count") + " problems\n");
}

/// A document's JSON stands last in its answer, and is shown as it is.
std::string shown_document(const std::string& body) {
  constexpr std::string_view kKey = ",\"document\":";
  const std::size_t at = body.find(kKey);
  const std::size_t end = body.rfind('}');
  if (at == std::string::npos || end == std::string::npos) return body;
  return body.substr(at + kKey.size(), end - at - kKey.size()) + "\n";
}

// ---- the verbs ----------------------------------------------------------------------------------

class Run {
 public:
  Run(const DocCommand& command, const DocPerform& perform)
      : command_(command), perform_(perform) {}

  Exit operator()() {
    if (command_.verb == "ls") {
      return list("rooms", "continue_after", "after", room_row,
                  {"ROOM", "CHANGED", "UPDATES", "SIZE", "VERSIONS", "SET ASIDE"});
    }
    if (command_.verb == "history") {
      return list("versions", "continue_before", "id", version_row,
                  {"ID", "AT", "KIND", "SIZE", "AUTHOR", "NAME"});
    }
    api::DocumentCall call = make_call();
    if (command_.verb == "import") {
      auto bytes = read_all(command_.file);
      if (!bytes) return failed(kDocUnusable, command_, bytes.error());
      call.body = share(*std::move(bytes));
    }
    // A server has a working directory of its own.
    if (command_.verb == "backup") {
      std::error_code nowhere;
      const auto whole = std::filesystem::absolute(command_.file, nowhere);
      if (nowhere) return failed(kDocUnusable, command_, "that is no path of a file");
      if (!std::filesystem::is_directory(whole.parent_path(), nowhere)) {
        return failed(kDocUnusable, command_, whole.parent_path().string() + ": no such folder");
      }
      call.parameters["file"] = whole.string();
    }
    if (command_.verb == "export" && command_.json) call.verb = "show";
    auto body = ask(call);
    if (!body) return failed(kDocRefused, command_, body.error());
    if (command_.verb == "export") {
      return put_out(command_.json ? shown_document(*body) : *std::move(body));
    }
    if (command_.verb == "verify") return verified(*body);
    return {kDocDone, command_.json ? *std::move(body) : in_words(*body), ""};
  }

 private:
  [[nodiscard]] api::DocumentCall make_call() const {
    api::DocumentCall call;
    call.verb = command_.verb;
    if (!command_.room.empty()) call.parameters["room"] = command_.room;
    if (command_.version) call.parameters["id"] = std::to_string(*command_.version);
    if (command_.verb == "version") call.parameters["name"] = command_.name;
    if (command_.verb == "import" || command_.verb == "restore" || command_.verb == "version") {
      call.parameters["author"] = who();
    }
    return call;
  }

  /// The body of a good answer; else a sentence.
  Result<std::string, std::string> ask(const api::DocumentCall& call) {
    auto answer = perform_(call);
    if (!answer) return fail(answer.error());
    if (answer->status == 200) return std::move(answer->body);
    const auto parsed = auth::parse_object(answer->body);
    const std::string why = parsed ? text(parsed->get(), "error") : std::string();
    return fail(why.empty() ? "refused with " + std::to_string(answer->status) : why);
  }

  /// All pages.
  template <typename Row>
  Exit list(const char* what, const char* more, const char* next, Row row,
            std::vector<std::string> head) {
    std::vector<std::vector<std::string>> rows;
    const Json all(json_array());
    for (api::DocumentCall call = make_call();;) {
      const auto body = ask(call);
      if (!body) return failed(kDocRefused, command_, body.error());
      const auto page = auth::parse_object(*body);
      if (!page) return failed(kDocRefused, command_, "the answer cannot be read");
      std::size_t at = 0;
      json_t* item = nullptr;
      json_array_foreach(json_object_get(page->get(), what), at, item) {
        rows.push_back(row(item));
        json_array_append(all.get(), item);
      }
      const json_t* behind = json_object_get(page->get(), more);
      if (behind == nullptr || json_is_null(behind)) break;
      call.parameters[next] = json_is_string(behind) ? std::string(auth::string_value(behind))
                                                     : std::to_string(json_integer_value(behind));
    }
    if (command_.json) return {kDocDone, auth::dump(all.get()) + "\n", ""};
    if (rows.empty()) return {kDocDone, std::string("no ") + what + "\n", ""};
    rows.insert(rows.begin(), std::move(head));
    return {kDocDone, table(rows), ""};
  }

  Exit put_out(std::string bytes) const {
    if (is_standard(command_.file)) return {kDocDone, std::move(bytes), ""};
    const auto written = write_all(command_.file, bytes);
    if (!written) return failed(kDocRefused, command_, written.error());
    return {kDocDone,
            "wrote " + size_text(static_cast<std::int64_t>(bytes.size())) + " to " + command_.file +
                "\n",
            ""};
  }

  [[nodiscard]] Exit verified(const std::string& body) const {
    const auto report = auth::parse_object(body);
    if (!report) return failed(kDocRefused, command_, "the answer cannot be read");
    const bool sound = json_is_true(json_object_get(report->get(), "sound"));
    return {sound ? kDocDone : kDocRefused, command_.json ? body : shown_report(*report), ""};
  }

  [[nodiscard]] std::string in_words(const std::string& body) const {
    if (command_.verb == "show") return shown_document(body);
    const auto parsed = auth::parse_object(body);
    if (!parsed) return body;
    if (command_.verb == "import") {
      return "imported; update " + std::to_string(number(*parsed, "sequence")) + " of the room\n";
    }
    if (command_.verb == "version") {
      return "made version " + std::to_string(number(*parsed, "id")) + "\n";
    }
    if (command_.verb == "restore") {
      return "restored version " + std::to_string(number(*parsed, "restored")) +
             "; what was there before is a version too\n";
    }
    if (command_.verb == "compact") {
      return "the state up to update " + std::to_string(number(*parsed, "sequence")) +
             " is written\n";
    }
    if (command_.verb == "rm") return "deleted\n";
    if (command_.verb == "backup") {
      return "wrote " + size_text(number(*parsed, "bytes")) + " to " + command_.file + "\n";
    }
    return body;
  }

  const DocCommand& command_;
  const DocPerform& perform_;
};

}  // namespace

Exit run_doc(const DocCommand& command, const DocPerform& perform) {
  return Run(command, perform)();
}

Exit run_doc(const DocCommand& command) {
  if (server_listens(command.data_dir)) {
    return run_doc(
        command, [&](const api::DocumentCall& call) { return ask_server(command.data_dir, call); });
  }
  auto documents = OfflineDocuments::open(command.data_dir);
  if (!documents) return failed(kDocUnusable, command, documents.error());
  return run_doc(command, [&](const api::DocumentCall& call) -> Result<DocAnswer, std::string> {
    return (*documents)->perform(call);
  });
}

// ---- the command line ---------------------------------------------------------------------------

CLI::App& DocVerb::declare(CLI::App& doc, const std::string& verb, const std::string& about,
                           bool room) {
  CLI::App& made = *doc.add_subcommand(verb, about);
  if (room) made.add_option("room", command_.room, "Name of the room")->required();
  made.add_option("--data", command_.data_dir, "Folder that keeps the documents")
      ->envname("RIGHTTASK_DATA")
      ->capture_default_str();
  made.add_flag("--json", command_.json, "Answer with JSON");
  return made;
}

DocVerb::DocVerb(CLI::App& program) {
  doc_ = program.add_subcommand(
      "doc", "Look at and work on stored documents, whether a server runs or not");
  doc_->require_subcommand(1);
  declare(*doc_, "ls", "List the rooms", false);
  declare(*doc_, "show", "Show a document, or a version of it, as JSON", true)
      .add_option("--version", version_, "Id of the version");
  declare(*doc_, "export", "Write a document as a Yjs update (V1); with --json as JSON", true)
      .add_option("file", command_.file, "File to make; without it, or with -, standard output");
  declare(*doc_, "import", "Take in a Yjs update (V1 or V2) as an edit", true)
      .add_option("file", command_.file, "The file; without it, or with -, standard input");
  declare(*doc_, "history", "List the versions of a document", true);
  declare(*doc_, "version", "Keep what a document is now as a version, under a name", true)
      .add_option("name", command_.name, "Name of the version")
      ->required();
  declare(*doc_, "restore", "Bring a version back, by an edit that every member receives", true)
      .add_option("version", version_, "Id of the version, as history lists them")
      ->required();
  declare(*doc_, "verify", "Read and check everything that is stored", false);
  declare(*doc_, "compact", "Write a document's state in place of its log", true);
  declare(*doc_, "rm", "Delete a document for ever, with its versions", true);
  backup_ =
      &declare(program, "backup", "Copy everything into one file, while a server runs", false);
  backup_->add_option("file", command_.file, "File to make")->required();
}

std::optional<DocCommand> DocVerb::understand() const {
  const CLI::App* asked = backup_->parsed() ? backup_ : nullptr;
  if (doc_->parsed()) asked = doc_->get_subcommands().front();
  if (asked == nullptr) return std::nullopt;
  DocCommand command = command_;
  command.verb = asked->get_name();
  if (const auto* version = asked->get_option_no_throw("--version");
      version != nullptr && version->count() > 0) {
    command.version = version_;
  }
  if (command.verb == "restore") command.version = version_;
  return command;
}

}  // namespace righttask::app
