#include "api/rights_json.h"

#include <chrono>
#include <utility>

#include "protocol/session.h"

namespace righttask::api {
namespace {

using auth::Holder;
using auth::Json;
using Revocation = auth::RevocationList::Entry;

constexpr std::int64_t kTimeMax = 253'402'300'799;  // the end of the year 9999
constexpr std::int64_t kVersion = 1;
constexpr std::string_view kNone = "none";

std::optional<auth::Restriction> read_restriction(JsonFields& fields) {
  auto room = read_room(fields);
  auto holder = read_holder(fields);
  const std::string scope = fields.text("scope");
  const UnixSeconds ends = read_time(fields, "ends", UnixSeconds::max());
  if (scope != kNone && scope != protocol::to_string(Access::read)) {
    fields.complain("scope: has to be none or readonly");
  }
  if (!room) return std::nullopt;
  const auto ceiling = scope == kNone ? std::nullopt : std::optional(Access::read);
  return auth::Restriction{*std::move(room), std::move(holder), ceiling, ends};
}

/// Calls `read(JsonFields&)` for each object of a list; the first fault, if any.
template <typename Read>
std::optional<std::string> each(const json_t* list, const char* key, Read read) {
  if (!json_is_array(list)) return std::string(key) + ": has to be a list";
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    JsonFields fields(Json(json_incref(json_array_get(list, i))));
    read(fields);
    if (auto fault = fields.fault()) {
      return std::string(key) + " " + std::to_string(i + 1) + ": " + *std::move(fault);
    }
  }
  return std::nullopt;
}

template <typename Items>
Json list_of(const Items& items) {
  Json list(json_array());
  for (const auto& item : items) json_array_append_new(list.get(), to_json(item).release());
  return list;
}

}  // namespace

Json to_json(const auth::Restriction& restriction) {
  Json out(json_object());
  const bool user = restriction.holder.kind == Holder::Kind::subject;
  auth::set(out.get(), "room", auth::json_text(restriction.room.str()));
  auth::set(out.get(), user ? "subject" : "token_id", auth::json_text(restriction.holder.id));
  auth::set(
      out.get(), "scope",
      auth::json_text(restriction.ceiling ? protocol::to_string(*restriction.ceiling) : kNone));
  auth::set(out.get(), "ends", json_time(restriction.ends));
  return out;
}

Json to_json(const Revocation& revocation) {
  Json out(json_object());
  const bool one_token = revocation.kind == Revocation::Kind::token;
  auth::set(out.get(), one_token ? "token_id" : "subject", auth::json_text(revocation.id));
  if (!one_token) auth::set(out.get(), "issued_before", json_time(revocation.issued_before));
  auth::set(out.get(), "ends", json_time(revocation.ends));
  return out;
}

std::optional<RoomName> read_room(JsonFields& fields) {
  auto room = RoomName::parse(fields.text("room"));
  if (room) return *std::move(room);
  fields.complain("room: " + std::string(to_string(room.error())));
  return std::nullopt;
}

Holder read_holder(JsonFields& fields) {
  auto subject = fields.optional_text("subject");
  auto token_id = fields.optional_text("token_id");
  if (subject.has_value() == token_id.has_value()) {
    fields.complain("give either subject or token_id");
  }
  if (subject) return {Holder::Kind::subject, *std::move(subject)};
  return {Holder::Kind::token_id, std::move(token_id).value_or(std::string())};
}

UnixSeconds read_time(JsonFields& fields, const char* key, UnixSeconds otherwise) {
  const auto time = fields.optional_integer(key, 0, kTimeMax);
  return time ? UnixSeconds(std::chrono::seconds(*time)) : otherwise;
}

Revocation read_revocation(JsonFields& fields, UnixSeconds issued_before) {
  Holder holder = read_holder(fields);
  Revocation entry{};
  entry.kind =
      holder.kind == Holder::Kind::subject ? Revocation::Kind::subject : Revocation::Kind::token;
  entry.id = std::move(holder.id);
  if (entry.kind == Revocation::Kind::subject) {
    entry.issued_before = read_time(fields, "issued_before", issued_before);
  }
  entry.ends = read_time(fields, "ends", UnixSeconds::max());
  return entry;
}

std::string encode_lists(const server::RightsLists& lists) {
  Json out = json_object_of("version", Json(json_integer(kVersion)));
  auth::set(out.get(), "restrictions", list_of(lists.restrictions));
  auth::set(out.get(), "revocations", list_of(lists.revocations));
  return auth::dump(out.get(), JSON_INDENT(1)) + "\n";
}

Result<server::RightsLists, std::string> decode_lists(std::string_view text) {
  const auto json = auth::parse_object(text);
  if (!json) return fail(json.error());
  const json_t* version = json_object_get(json->get(), "version");
  if (!json_is_integer(version) || json_integer_value(version) != kVersion) {
    return fail(std::string("is of another version than this program reads"));
  }
  server::RightsLists lists;
  auto fault =
      each(json_object_get(json->get(), "restrictions"), "restrictions", [&](JsonFields& fields) {
        auto read = read_restriction(fields);
        if (read) lists.restrictions.push_back(*std::move(read));
      });
  if (!fault) {
    fault =
        each(json_object_get(json->get(), "revocations"), "revocations", [&](JsonFields& fields) {
          lists.revocations.push_back(read_revocation(fields, UnixSeconds()));
        });
  }
  if (fault) return fail(*std::move(fault));
  return lists;
}

}  // namespace righttask::api
