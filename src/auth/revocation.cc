#include "auth/revocation.h"

#include <algorithm>
#include <utility>

#include "auth/claims.h"

namespace righttask::auth {

bool RevocationList::make_room(UnixSeconds now) {
  if (size() < entries_max_) return true;
  forget_ended(now);
  return size() < entries_max_;
}

Result<void, RevocationError> RevocationList::revoke_token(std::string token_id, UnixSeconds ends,
                                                           UnixSeconds now) {
  if (token_id.empty() || token_id.size() > kTokenIdBytesMax) {
    return fail(RevocationError::id_malformed);
  }
  if (const auto known = tokens_.find(token_id); known != tokens_.end()) {
    known->second = std::max(known->second, ends);
    return {};
  }
  if (!make_room(now)) return fail(RevocationError::list_full);
  tokens_.emplace(std::move(token_id), ends);
  return {};
}

Result<void, RevocationError> RevocationList::revoke_subject(std::string subject,
                                                             UnixSeconds issued_before,
                                                             UnixSeconds ends, UnixSeconds now) {
  if (subject.empty() || subject.size() > kSubjectBytesMax) {
    return fail(RevocationError::id_malformed);
  }
  if (const auto known = subjects_.find(subject); known != subjects_.end()) {
    known->second.issued_before = std::max(known->second.issued_before, issued_before);
    known->second.ends = std::max(known->second.ends, ends);
    return {};
  }
  if (!make_room(now)) return fail(RevocationError::list_full);
  subjects_.emplace(std::move(subject), Subject{issued_before, ends});
  return {};
}

bool RevocationList::revokes(const Grant& grant) const {
  if (!grant.token_id.empty() && tokens_.contains(grant.token_id)) return true;
  if (grant.subject.empty()) return false;
  const auto subject = subjects_.find(grant.subject);
  return subject != subjects_.end() &&
         (!grant.issued || *grant.issued < subject->second.issued_before);
}

std::vector<RevocationList::Entry> RevocationList::entries() const {
  std::vector<Entry> out;
  out.reserve(size());
  for (const auto& [id, ends] : tokens_) {
    out.push_back({Entry::Kind::token, id, UnixSeconds(), ends});
  }
  for (const auto& [id, subject] : subjects_) {
    out.push_back({Entry::Kind::subject, id, subject.issued_before, subject.ends});
  }
  return out;
}

void RevocationList::forget_ended(UnixSeconds now) {
  std::erase_if(tokens_, [now](const auto& entry) { return entry.second <= now; });
  std::erase_if(subjects_, [now](const auto& entry) { return entry.second.ends <= now; });
}

}  // namespace righttask::auth
