#pragma once

#include <string>
#include <string_view>

#include "api/json_answer.h"
#include "auth/restriction.h"
#include "auth/revocation.h"
#include "base/result.h"
#include "model/room_name.h"
#include "server/rights_ledger.h"

// What operators took from whom, as JSON: in the administration, and in the file that keeps it.

namespace righttask::api {

[[nodiscard]] auth::Json to_json(const auth::Restriction& restriction);
[[nodiscard]] auth::Json to_json(const auth::RevocationList::Entry& revocation);

/// "room". Nothing, and a complaint, for what names none.
[[nodiscard]] std::optional<RoomName> read_room(JsonFields& fields);

/// "subject" or "token_id", and which. Complains unless there is exactly one.
[[nodiscard]] auth::Holder read_holder(JsonFields& fields);

/// Seconds since 1970, up to the year 9999.
[[nodiscard]] UnixSeconds read_time(JsonFields& fields, const char* key, UnixSeconds otherwise);

/// `issued_before`: for a subject's, if it is not given.
[[nodiscard]] auth::RevocationList::Entry read_revocation(JsonFields& fields,
                                                          UnixSeconds issued_before);

/// {"version":1,"restrictions":[…],"revocations":[…]}
[[nodiscard]] std::string encode_lists(const server::RightsLists& lists);

/// Errors are sentences. A part that cannot be read refuses the whole: what is left out would be
/// given back to somebody.
[[nodiscard]] Result<server::RightsLists, std::string> decode_lists(std::string_view text);

}  // namespace righttask::api
