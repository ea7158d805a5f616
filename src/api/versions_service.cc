#include "api/versions_service.h"

#include <charconv>
#include <utility>
#include <vector>

#include "api/document_json.h"
#include "api/json_answer.h"
#include "net/url.h"

namespace righttask::api {
namespace {

using store::VersionId;

constexpr std::string_view kRoot = "/api/rooms/";
constexpr std::size_t kPageDefault = 50;
constexpr std::size_t kPageMax = 1000;
constexpr std::size_t kNameBytesMax = 255;

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The segments below the root, each decoded once: a room's name may hold any character, a slash
/// included. Nothing when one cannot be decoded.
std::optional<std::vector<std::string>> segments(std::string_view path) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t slash = path.find('/');
    auto decoded = net::percent_decode(path.substr(0, slash));
    if (!decoded) return std::nullopt;
    out.push_back(*std::move(decoded));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

net::HttpResponse not_allowed(const std::string& allowed) {
  auto refused = json_error(405, "this address takes " + allowed);
  refused.headers.emplace_back("Allow", allowed);
  return refused;
}

/// A page of another origin reads the answer only if it is told that it may.
void let_read(net::HttpResponse& response, const std::optional<std::string>& origin) {
  if (!origin) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
  response.headers.emplace_back("Vary", "Origin");
}

std::optional<std::string> origin_of(const net::HttpRequest& request) {
  const auto origin = request.headers.find("Origin");
  return origin ? std::optional<std::string>(*origin) : std::nullopt;
}

/// The answer to a browser that asks before it sends a request with a token or a JSON body.
net::HttpResponse preflight() {
  net::HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, PATCH");
  response.headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

std::optional<std::string> read_name(const net::HttpRequest& request, std::string& fault) {
  JsonFields fields(request.body);
  std::string name = fields.text("name");
  if (name.empty() || name.size() > kNameBytesMax) {
    fields.complain("name: has to have 1 to 255 bytes");
  }
  if (auto wrong = fields.fault()) {
    fault = *std::move(wrong);
    return std::nullopt;
  }
  return name;
}

}  // namespace

std::optional<net::HttpReply> VersionsService::handle(net::ConnectionId id,
                                                      const net::HttpRequest& request) {
  if (!std::string_view(request.path).starts_with(kRoot)) return std::nullopt;
  const auto path = segments(std::string_view(request.path).substr(kRoot.size()));
  auto reply = path ? route(id, request, *path)
                    : net::HttpReply(json_error(400, "the address cannot be decoded"));
  if (auto* response = std::get_if<net::HttpResponse>(&reply)) {
    if (request.method != "OPTIONS") counts_.count(response->status);
    if (entrance_.allows_origin(request)) let_read(*response, origin_of(request));
  }
  return reply;
}

net::HttpReply VersionsService::route(net::ConnectionId id, const net::HttpRequest& request,
                                      const std::vector<std::string>& path) {
  const bool known = path.size() >= 2 && path.size() <= 4 && path[1] == "versions" &&
                     (path.size() < 4 || path[3] == "restore");
  if (!known) return json_error(404, "there is nothing at this address");
  auto room = RoomName::parse(path[0]);
  if (!room) return json_error(400, "room: " + std::string(to_string(room.error())));
  if (request.method == "OPTIONS") {
    return entrance_.allows_origin(request)
               ? preflight()
               : json_error(403, "pages of that origin are not let in");
  }
  const auto admission = entrance_.enter(request, *room);
  if (!admission) {
    auto refused = json_error(admission.error().status, admission.error().sentence);
    if (refused.status == 401) refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refused;
  }
  if (request.method != "GET" && admission->access != Access::read_write) {
    return json_error(403, "the token lets its bearer only read this room");
  }
  if (!documents_.keeps()) return json_error(409, "this server keeps nothing");
  const Call call{.connection = id,
                  .room = *std::move(room),
                  .author = admission->name.empty() ? admission->subject : admission->name,
                  .origin = origin_of(request)};
  if (path.size() == 2) return of_list(call, request);
  const auto version = read_number(path[2]);
  if (!version) return json_error(404, "no such version");
  if (path.size() == 3) return of_version(call, request, VersionId{*version});
  if (request.method != "POST") return not_allowed("POST");
  return restore(call, VersionId{*version});
}

void VersionsService::answer(const Call& call, net::HttpResponse response) const {
  counts_.count(response.status);
  let_read(response, call.origin);
  respond_(call.connection, std::move(response));
}

template <typename T, typename Shown>
server::DocumentService::Then<T> VersionsService::then(const Call& call, Shown shown) const {
  return [this, call, shown = std::move(shown)](Result<T, server::DocumentFailure> result) {
    answer(call, result ? shown(*std::move(result)) : to_response(result.error()));
  };
}

net::HttpReply VersionsService::of_list(const Call& call, const net::HttpRequest& request) {
  if (request.method == "POST") {
    std::string fault;
    auto name = read_name(request, fault);
    if (!name) return json_error(400, fault);
    documents_.name_version(call.room, *std::move(name), call.author,
                            then<store::VersionInfo>(call, [](const store::VersionInfo& made) {
                              return json_answer(201, to_json(made));
                            }));
    return net::Deferred{};
  }
  if (request.method != "GET") return not_allowed("GET, POST");
  const auto query = net::QueryParameters::parse(request.query);
  if (!query) return json_error(400, "the query cannot be decoded");
  std::optional<VersionId> before;
  if (const auto text = query->find("before")) {
    const auto id = read_number(*text);
    if (!id) return json_error(400, "before: has to be the id of a version");
    before = VersionId{*id};
  }
  std::size_t limit = kPageDefault;
  if (const auto text = query->find("limit")) {
    const auto given = read_number(*text);
    if (!given || *given == 0 || *given > kPageMax) {
      return json_error(400, "limit: has to be a whole number from 1 to 1000");
    }
    limit = *given;
  }
  documents_.versions(call.room, before, limit,
                      then<store::VersionPage>(call, [](const store::VersionPage& page) {
                        return json_answer(200, to_json(page));
                      }));
  return net::Deferred{};
}

net::HttpReply VersionsService::of_version(const Call& call, const net::HttpRequest& request,
                                           VersionId version) {
  if (request.method == "PATCH") {
    std::string fault;
    auto name = read_name(request, fault);
    if (!name) return json_error(400, fault);
    documents_.rename_version(call.room, version, *std::move(name),
                              then<store::VersionInfo>(call, [](const store::VersionInfo& named) {
                                return json_answer(200, to_json(named));
                              }));
    return net::Deferred{};
  }
  if (request.method != "GET") return not_allowed("GET, PATCH");
  documents_.version(
      call.room, version, then<server::VersionView>(call, [](const server::VersionView& view) {
        auto response = net::text_response(
            200, with_member(to_json(view.info), "document", view.json) + "\n", "application/json");
        response.headers.emplace_back("Cache-Control", "no-store");
        return response;
      }));
  return net::Deferred{};
}

net::HttpReply VersionsService::restore(const Call& call, VersionId version) {
  documents_.restore(
      call.room, version, call.author,
      then<VersionId>(call, [log = log_, room = call.room, author = call.author](VersionId id) {
        log->info("room {}: version {} restored by {}", ops::printable(room.str()), id.value(),
                  author.empty() ? "somebody" : ops::printable(author));
        return json_answer(200, json_object_of("restored", json_count(id.value())));
      }));
  return net::Deferred{};
}

}  // namespace righttask::api
