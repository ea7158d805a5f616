#include "api/admin_service.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "api/document_json.h"
#include "api/json_answer.h"
#include "api/rights_json.h"
#include "auth/bearer.h"
#include "net/url.h"

namespace righttask::api {
namespace {

using auth::Holder;
using auth::Json;
using server::AdminError;
using Revocation = auth::RevocationList::Entry;

constexpr std::string_view kRoot = "/admin/api";
constexpr std::int64_t kSecondsMax = std::int64_t{10} * 366 * 86'400;  // ten years
constexpr std::size_t kRoomsDefault = 100;
constexpr std::size_t kRoomsMax = 1000;

net::HttpResponse answer_to(AdminError error) {
  switch (error) {
    case AdminError::nobody:
      return json_error(404, "There is none such.");
    case AdminError::open_mode:
      return json_error(409, "The server verifies no tokens, so nobody can be held to this.");
    case AdminError::unholdable:
      return json_error(409,
                        "The member's token has neither sub nor jti, so its bearer cannot be held "
                        "to this; kick the member without a ban.");
    case AdminError::id_malformed:
      return json_error(400, "The id is empty or longer than any token's.");
    case AdminError::list_full:
      return json_error(503, "The list is full; lift entries first.");
  }
  return json_error(500, "Unknown.");
}

std::string quoted(std::string_view text) {
  return "\"" + ops::printable(text) + "\"";
}

// ---- reading -----------------------------------------------------------------------------------

std::optional<ConnectionId> read_connection(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return ConnectionId(id);
}

std::optional<server::MemberSelector> read_members(JsonFields& fields) {
  auto room = read_room(fields);
  auto key = fields.optional_text("key");
  const auto connection = fields.optional_text("connection");
  if (key.has_value() == connection.has_value()) {
    fields.complain("give either key or connection, which say who is meant");
  }
  if (!room) return std::nullopt;
  if (key) return server::MemberSelector{*std::move(room), *std::move(key)};
  const auto id = read_connection(connection.value_or(""));
  if (id) return server::MemberSelector{*std::move(room), *id};
  fields.complain("connection: has to be the number, as a string, that members have");
  return std::nullopt;
}

std::string shown(const server::MemberSelector& members) {
  const auto* key = std::get_if<std::string>(&members.who);
  return "room " + quoted(members.room.str()) +
         (key ? " key " + quoted(*key)
              : " connection " + std::to_string(std::get<ConnectionId>(members.who).value()));
}

std::string shown(const Holder& holder) {
  return (holder.kind == Holder::Kind::subject ? "subject " : "token id ") + quoted(holder.id);
}

std::string shown(const Revocation& revocation) {
  const bool one_token = revocation.kind == Revocation::Kind::token;
  return shown(Holder{one_token ? Holder::Kind::token_id : Holder::Kind::subject, revocation.id});
}

// ---- writing -----------------------------------------------------------------------------------

using api::to_json;

Json to_json(const server::MemberSummary& member) {
  Json out(json_object());
  auth::set(out.get(), "connection", auth::json_text(std::to_string(member.id.connection.value())));
  auth::set(out.get(), "channel", json_count(member.id.channel));
  auth::set(out.get(), "key", auth::json_text(member.key));
  const auto fields = auth::parse_object("{" + member.fields + "}");
  const auto name = fields ? auth::string_member(fields->get(), "name") : std::nullopt;
  auth::set(out.get(), "name", name ? auth::json_text(*name) : Json(json_null()));
  auth::set(out.get(), "scope", auth::json_text(protocol::to_string(member.access)));
  auth::set(out.get(), "dialect", auth::json_text(member.dialect));
  auth::set(out.get(), "since", json_time(member.since));
  return out;
}

template <typename Items>
net::HttpResponse list_answer(const char* key, const Items& items) {
  Json list(json_array());
  for (const auto& item : items) json_array_append_new(list.get(), to_json(item).release());
  return json_answer(200, json_object_of(key, std::move(list)));
}

net::HttpResponse count_answer(const char* key, std::size_t count) {
  return json_answer(200, json_object_of(key, json_count(count)));
}

}  // namespace

const AdminService::Route AdminService::kRoutes[] = {
    {"GET", "/rooms", &AdminService::list_rooms},
    {"GET", "/stored", &AdminService::list_stored},
    {"POST", "/rooms/delete", &AdminService::delete_room},
    {"GET", "/members", &AdminService::list_members},
    {"POST", "/kick", &AdminService::kick},
    {"POST", "/access", &AdminService::set_access},
    {"GET", "/restrictions", &AdminService::list_restrictions},
    {"POST", "/restrictions/lift", &AdminService::lift_restriction},
    {"GET", "/revocations", &AdminService::list_revocations},
    {"POST", "/revocations", &AdminService::revoke},
    {"POST", "/revocations/lift", &AdminService::lift_revocation},
};

AdminService::AdminService(server::Administration& administration, const AdminAccess& access,
                           WallClock clock, ops::Log log, Keeping keeping,
                           StoredDocuments documents)
    : administration_(administration),
      access_(access),
      clock_(std::move(clock)),
      log_(std::move(log)),
      refusals_(log_),
      keeping_(std::move(keeping)),
      documents_(std::move(documents)) {}

// ---- who asks, and for what --------------------------------------------------------------------

// On a listener of its own there is nothing else, and there is nothing of it elsewhere.
std::optional<net::HttpReply> AdminService::handle(net::ConnectionId id,
                                                   const net::HttpRequest& request) {
  const std::string_view path = request.path;
  const bool below_root =
      path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
  const bool own_listener = access_.listener == request.listener;
  if (!below_root && !own_listener) return std::nullopt;
  const bool served = access_.credential && (!access_.listener || own_listener);
  if (!served || !below_root) return net::error_response(404);
  if (is_admitted(request)) return route(id, request);
  auto refused = json_error(401, "Show the administrator's credential: Authorization: Bearer ….");
  refused.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

bool AdminService::is_admitted(const net::HttpRequest& request) {
  std::string_view why = "no credential";
  if (const auto header = request.headers.find("Authorization")) {
    const auto shown_secret = auth::bearer_of_authorization(*header);
    if (shown_secret && access_.credential->matches(*shown_secret)) return true;
    why = "a wrong credential";
  }
  refusals_.say(clock_(), "admin " + request.peer.ip_text() + ": refused for " + std::string(why));
  return false;
}

net::HttpReply AdminService::route(net::ConnectionId id, const net::HttpRequest& request) {
  const std::string_view path = std::string_view(request.path).substr(kRoot.size());
  std::string allowed;
  for (const Route& route : kRoutes) {
    if (route.path != path) continue;
    if (route.method == request.method) return (this->*route.act)(id, request);
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  if (allowed.empty()) return json_error(404, "There is nothing at this address.");
  auto refused = json_error(405, "This address takes " + allowed + ".");
  refused.headers.emplace_back("Allow", allowed);
  return refused;
}

/// What is answered outlives the process, or the answer says that it does not.
net::HttpReply AdminService::confirm(net::ConnectionId id, net::HttpResponse response) {
  if (keeping_.ledger == nullptr) return response;
  keeping_.ledger->keep({administration_.restrictions(), administration_.revocations()},
                        [this, id, answer = std::move(response)](bool kept) mutable {
                          if (!kept) {
                            answer = json_error(
                                500,
                                "It is in effect, but could not be written down: a restart "
                                "would forget it. The log has the reason.");
                          }
                          keeping_.respond(id, std::move(answer));
                        });
  return net::Deferred{};
}

void AdminService::audit(const net::HttpRequest& request, const std::string& what) const {
  log_->info("admin {}: {}", request.peer.ip_text(), what);
}

// ---- rooms and members -------------------------------------------------------------------------

namespace {

/// How many entries are wanted; nothing: that cannot be read.
std::optional<std::size_t> read_limit(const net::QueryParameters& query) {
  const auto text = query.find("limit");
  if (!text) return kRoomsDefault;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool good =
      error == std::errc() && end == text->data() + text->size() && limit > 0 && limit <= kRoomsMax;
  return good ? std::optional(limit) : std::nullopt;
}

constexpr std::string_view kBadLimit = "limit: has to be a whole number from 1 to 1000";
constexpr std::string_view kNothingStored = "The server keeps nothing.";

}  // namespace

net::HttpReply AdminService::list_rooms(net::ConnectionId, const net::HttpRequest& request) {
  const auto query = net::QueryParameters::parse(request.query);
  if (!query) return json_error(400, "The query cannot be decoded.");
  const auto wanted = read_limit(*query);
  if (!wanted) return json_error(400, kBadLimit);
  const std::size_t limit = *wanted;
  // One more than is shown tells whether there are more.
  const auto rooms = administration_.rooms(query->find("prefix").value_or(""),
                                           query->find("after").value_or(""), limit + 1);
  Json list(json_array());
  for (std::size_t i = 0; i < std::min(rooms.size(), limit); ++i) {
    Json room = json_object_of("room", auth::json_text(rooms[i].room.str()));
    auth::set(room.get(), "members", json_count(rooms[i].members));
    json_array_append_new(list.get(), room.release());
  }
  Json body = json_object_of("rooms", std::move(list));
  auth::set(body.get(), "more", Json(json_boolean(rooms.size() > limit)));
  return json_answer(200, body);
}

net::HttpReply AdminService::list_stored(net::ConnectionId id, const net::HttpRequest& request) {
  if (documents_.service == nullptr) return json_error(409, kNothingStored);
  const auto query = net::QueryParameters::parse(request.query);
  if (!query) return json_error(400, "The query cannot be decoded.");
  const auto limit = read_limit(*query);
  if (!limit) return json_error(400, kBadLimit);
  std::optional<RoomName> after;
  if (const auto text = query->find("after")) {
    auto name = RoomName::parse(*text);
    if (!name) return json_error(400, "after: " + std::string(to_string(name.error())));
    after = *std::move(name);
  }
  documents_.service->list(std::move(after), *limit, [this, id](auto page) {
    documents_.respond(id, page ? json_answer(200, to_json(*page)) : to_response(page.error()));
  });
  return net::Deferred{};
}

net::HttpReply AdminService::delete_room(net::ConnectionId id, const net::HttpRequest& request) {
  if (documents_.service == nullptr) return json_error(409, kNothingStored);
  JsonFields fields(request.body);
  const auto room = read_room(fields);
  if (const auto fault = fields.fault()) return json_error(400, *fault);
  const auto note = [this, by = request.peer.ip_text(), room = *room](bool deleted) {
    log_->info("admin {}: {} room {}", by, deleted ? "deleted" : "could not delete",
               quoted(room.str()));
  };
  documents_.service->remove(*room, [this, id, note](auto epoch) {
    note(epoch.has_value());
    documents_.respond(id,
                       epoch ? json_answer(200, Json(json_object())) : to_response(epoch.error()));
  });
  return net::Deferred{};
}

net::HttpReply AdminService::list_members(net::ConnectionId, const net::HttpRequest& request) {
  const auto query = net::QueryParameters::parse(request.query);
  const auto name = query ? query->find("room") : std::nullopt;
  if (!name) return json_error(400, "room: is missing");
  const auto room = RoomName::parse(*name);
  if (!room) return json_error(400, "room: " + std::string(to_string(room.error())));
  return list_answer("members", administration_.members(*room));
}

net::HttpReply AdminService::kick(net::ConnectionId id, const net::HttpRequest& request) {
  JsonFields fields(request.body);
  const auto members = read_members(fields);
  const auto ban = fields.optional_integer("ban_seconds", 1, kSecondsMax);
  if (const auto fault = fields.fault()) return json_error(400, *fault);
  const auto until = ban ? std::optional(clock_() + std::chrono::seconds(*ban)) : std::nullopt;
  const auto kicked = administration_.kick(*members, until);
  if (!kicked) return answer_to(kicked.error());
  audit(request, "kicked " + shown(*members) +
                     (ban ? ", banned for " + std::to_string(*ban) + " s" : "") + ": " +
                     std::to_string(*kicked) + " memberships ended");
  auto answer = count_answer("kicked", *kicked);
  if (!until) return answer;
  return confirm(id, std::move(answer));
}

net::HttpReply AdminService::set_access(net::ConnectionId id, const net::HttpRequest& request) {
  JsonFields fields(request.body);
  const auto members = read_members(fields);
  const std::string scope = fields.text("scope");
  const auto seconds = fields.optional_integer("seconds", 1, kSecondsMax);
  const bool writes = scope == protocol::to_string(Access::read_write);
  if (!writes && scope != protocol::to_string(Access::read)) {
    fields.complain("scope: has to be read-write or readonly");
  }
  if (writes && seconds) fields.complain("seconds: goes with readonly alone");
  if (const auto fault = fields.fault()) return json_error(400, *fault);
  const auto until = seconds ? clock_() + std::chrono::seconds(*seconds) : UnixSeconds::max();
  const auto changed =
      administration_.set_access(*members, writes ? Access::read_write : Access::read, until);
  if (!changed) return answer_to(changed.error());
  audit(request, "scope " + scope + " for " + shown(*members) +
                     (seconds ? " for " + std::to_string(*seconds) + " s" : "") + ": " +
                     std::to_string(*changed) + " memberships");
  auto all = administration_.members(members->room);
  std::erase_if(all, [&](const server::MemberSummary& member) {
    const auto* key = std::get_if<std::string>(&members->who);
    return key ? member.key != *key : member.id.connection != std::get<ConnectionId>(members->who);
  });
  return confirm(id, list_answer("members", all));
}

// ---- restrictions and revocations --------------------------------------------------------------

net::HttpReply AdminService::list_restrictions(net::ConnectionId, const net::HttpRequest&) {
  return list_answer("restrictions", administration_.restrictions());
}

net::HttpReply AdminService::lift_restriction(net::ConnectionId id,
                                              const net::HttpRequest& request) {
  JsonFields fields(request.body);
  const auto room = read_room(fields);
  const Holder holder = read_holder(fields);
  if (const auto fault = fields.fault()) return json_error(400, *fault);
  const auto lifted = administration_.lift(*room, holder);
  if (!lifted) return answer_to(lifted.error());
  audit(request, "lifted what restricted " + shown(holder) + " in room " + quoted(room->str()));
  return confirm(id, json_answer(200, Json(json_object())));
}

net::HttpReply AdminService::list_revocations(net::ConnectionId, const net::HttpRequest&) {
  return list_answer("revocations", administration_.revocations());
}

net::HttpReply AdminService::revoke(net::ConnectionId id, const net::HttpRequest& request) {
  JsonFields fields(request.body);
  const Revocation entry = read_revocation(fields, clock_() + std::chrono::seconds(1));
  if (const auto fault = fields.fault()) return json_error(400, *fault);
  const auto ended = administration_.revoke(entry);
  if (!ended) return answer_to(ended.error());
  audit(request, "revoked " + shown(entry) + ": " + std::to_string(*ended) + " memberships ended");
  return confirm(id, count_answer("ended", *ended));
}

net::HttpReply AdminService::lift_revocation(net::ConnectionId id,
                                             const net::HttpRequest& request) {
  JsonFields fields(request.body);
  const Holder holder = read_holder(fields);
  if (const auto fault = fields.fault()) return json_error(400, *fault);
  const auto kind =
      holder.kind == Holder::Kind::subject ? Revocation::Kind::subject : Revocation::Kind::token;
  const auto lifted = administration_.lift(kind, holder.id);
  if (!lifted) return answer_to(lifted.error());
  audit(request, "lifted the revocation of " + shown(holder));
  return confirm(id, json_answer(200, Json(json_object())));
}

}  // namespace righttask::api
