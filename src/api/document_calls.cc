#include "api/document_calls.h"

#include <charconv>
#include <optional>
#include <utility>

#include "api/document_json.h"
#include "api/json_answer.h"
#include "base/utf8.h"

namespace righttask::api {
namespace {

using server::DocumentFailure;
using server::DocumentService;
using Then = DocumentCalls::Then;

constexpr std::size_t kPage = 1000;
constexpr std::size_t kVersionNameBytesMax = 255;  // LIM-19

template <typename T, typename Shown>
DocumentService::Then<T> shown(Then then, Shown show) {
  return
      [then = std::move(then), show = std::move(show)](Result<T, DocumentFailure> result) mutable {
        then(result ? show(*std::move(result)) : to_response(result.error()));
      };
}

/// The parameters of one call; the first that is wrong is what is complained of.
class Parameters {
 public:
  explicit Parameters(const DocumentCall& call) : call_(call) {}

  [[nodiscard]] std::string text(const char* key) const {
    const auto found = call_.parameters.find(key);
    return found == call_.parameters.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::optional<RoomName> room(const char* key) {
    auto name = RoomName::parse(text(key));
    if (name) return *std::move(name);
    complain(std::string(key) + ": " + std::string(to_string(name.error())));
    return std::nullopt;
  }
  [[nodiscard]] std::optional<store::VersionId> version(const char* key) {
    const std::string given = text(key);
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), id);
    if (error == std::errc() && end == given.data() + given.size()) return store::VersionId{id};
    complain(std::string(key) + ": has to be the id of a version, as history lists them");
    return std::nullopt;
  }
  [[nodiscard]] std::string name(const char* key) {
    std::string given = text(key);
    if (given.empty() || given.size() > kVersionNameBytesMax || !is_utf8(byte_view(given))) {
      complain(std::string(key) + ": has to have 1 to 255 bytes of UTF-8");
    }
    return given;
  }
  [[nodiscard]] bool has(const char* key) const { return call_.parameters.contains(key); }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  void complain(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
  }

  const DocumentCall& call_;
  std::string fault_;
};

net::HttpResponse json_text(std::string text) {
  return net::text_response(200, text + "\n", "application/json");
}

net::HttpResponse sequence_answer(store::Sequence sequence) {
  return json_answer(200, json_object_of("sequence", json_count(sequence.value())));
}

net::HttpResponse view_answer(const server::DocumentView& view) {
  auth::Json out(json_object());
  auth::set(out.get(), "epoch", json_count(view.epoch.value()));
  auth::set(out.get(), "sequence", json_count(view.last.value()));
  auth::set(out.get(), "members", json_count(view.members));
  auth::set(out.get(), "state_bytes", json_count(view.state_bytes));
  auth::set(out.get(), "clients", json_count(view.clients));
  auth::set(out.get(), "pending", auth::Json(json_boolean(view.pending)));
  return json_text(with_member(out, "document", view.json));
}

net::HttpResponse state_answer(SharedBytes state) {
  net::HttpResponse response;
  response.headers.emplace_back("Content-Type", "application/octet-stream");
  response.body = std::move(state);
  return response;
}

}  // namespace

void DocumentCalls::run(DocumentCall call, Then then) {
  Parameters given(call);
  const std::string& verb = call.verb;

  // Those without a room.
  if (verb == "ls") {
    std::optional<RoomName> after;
    if (given.has("after")) after = given.room("after");
    if (!given.fault().empty()) return then(json_error(400, given.fault()));
    return documents_.list(std::move(after), kPage,
                           shown<store::RoomPage>(std::move(then), [](const auto& page) {
                             return json_answer(200, to_json(page));
                           }));
  }
  if (verb == "verify") {
    return documents_.verify(shown<store::VerifyReport>(
        std::move(then), [](const auto& report) { return json_answer(200, to_json(report)); }));
  }
  if (verb == "backup") {
    if (!given.text("file").starts_with('/')) {
      return then(json_error(400, "file: has to be an absolute path"));
    }
    return documents_.backup(
        given.text("file"), shown<store::BackupInfo>(std::move(then), [](const auto& info) {
          return json_answer(200, json_object_of("bytes", json_count(info.bytes)));
        }));
  }

  const auto room = given.room("room");
  std::string name;
  if (verb == "version") name = given.name("name");
  std::optional<store::VersionId> id;
  if (given.has("id")) id = given.version("id");
  if (!given.fault().empty()) return then(json_error(400, given.fault()));
  if (verb == "show" && id) {
    documents_.version(*room, *id, shown<server::VersionView>(std::move(then), [](auto&& view) {
      return json_text(with_member(to_json(view.info), "document", view.json));
    }));
  } else if (verb == "show") {
    documents_.show(*room, shown<server::DocumentView>(std::move(then), view_answer));
  } else if (verb == "export") {
    documents_.export_state(*room, shown<SharedBytes>(std::move(then), state_answer));
  } else if (verb == "import" && call.body) {
    documents_.import(*room, std::move(call.body), given.text("author"),
                      shown<store::Sequence>(std::move(then), sequence_answer));
  } else if (verb == "history") {
    documents_.versions(*room, id, kPage,
                        shown<store::VersionPage>(std::move(then), [](const auto& page) {
                          return json_answer(200, to_json(page));
                        }));
  } else if (verb == "version") {
    documents_.name_version(
        *room, std::move(name), given.text("author"),
        shown<store::VersionInfo>(std::move(then), [](const store::VersionInfo& made) {
          return json_answer(200, to_json(made));
        }));
  } else if (verb == "restore" && id) {
    documents_.restore(*room, *id, given.text("author"),
                       shown<store::VersionId>(std::move(then), [](store::VersionId restored) {
                         return json_answer(
                             200, json_object_of("restored", json_count(restored.value())));
                       }));
  } else if (verb == "compact") {
    documents_.compact(*room, shown<store::Sequence>(std::move(then), sequence_answer));
  } else if (verb == "rm") {
    documents_.remove(*room, shown<store::Epoch>(std::move(then), [](store::Epoch epoch) {
      return json_answer(200, json_object_of("epoch", json_count(epoch.value())));
    }));
  } else {
    then(json_error(404, "there is no such command; is the server of another version?"));
  }
}

}  // namespace righttask::api
