#include "protocol/yjs_message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace righttask::protocol {
namespace {

TEST(YjsMessage, IsRead) {  // YJS-1
  struct Case {
    std::string_view name;
    Bytes input;
    YjsKind kind;
    Bytes payload;
  };
  // Those of y-websocket and y-phoenix-channel on the wire, among others.
  const Case cases[] = {
      {"step 1, empty state vector", bytes(0, 0, 1, 0), YjsKind::step1, bytes(0)},
      {"step 2, empty update", bytes(0, 1, 2, 0, 0), YjsKind::update, bytes(0, 0)},
      {"update", bytes(0, 2, 2, 0, 0), YjsKind::update, bytes(0, 0)},
      {"awareness", bytes(1, 6, 1, 100, 0, 2, '{', '}'), YjsKind::awareness,
       bytes(1, 100, 0, 2, '{', '}')},
      {"awareness of nobody", bytes(1, 1, 0), YjsKind::awareness, bytes(0)},
      {"query", bytes(3), YjsKind::awareness_query, {}},
      {"empty payload", bytes(0, 2, 0), YjsKind::update, {}},
      {"what follows is ignored", bytes(0, 0, 1, 0, 9, 9), YjsKind::step1, bytes(0)},
      {"not the shortest varint", bytes(0x80, 0, 0x80, 0, 1, 0), YjsKind::step1, bytes(0)},
      {"auth", bytes(2, 0, 0), YjsKind::unknown, {}},
      {"sync status of another dialect", bytes(102, 1, 0), YjsKind::unknown, {}},
      {"unknown kind of sync", bytes(0, 3, 1, 0), YjsKind::unknown, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto message = read_yjs_message(c.input);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->kind, c.kind);
    EXPECT_TRUE(std::ranges::equal(message->payload, c.payload));
  }
}

TEST(YjsMessage, IsRefusedWhereItsNumbersOrLengthsAreBroken) {  // YJS-2
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"no kind", bytes(0), DecodeError::truncated},
      {"no length", bytes(0, 2), DecodeError::truncated},
      {"too short", bytes(0, 2, 3, 0, 0), DecodeError::truncated},
      {"awareness without update", bytes(1), DecodeError::truncated},
      {"awareness too short", bytes(1, 2, 0), DecodeError::truncated},
      {"type without end", bytes(0x80), DecodeError::truncated},
      {"a length of 2^53", bytes(0, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10),
       DecodeError::integer_too_large},
      {"a length of 2^31", bytes(1, 0x80, 0x80, 0x80, 0x80, 8), DecodeError::truncated},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto message = read_yjs_message(c.input);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error(), c.want);
  }
}

TEST(YjsMessage, IsWritten) {  // YJS-1
  const auto written = [](auto append, const Bytes& payload) {
    Bytes out;
    append(out, payload);
    return out;
  };
  EXPECT_EQ(written(append_yjs_step1, bytes(0)), bytes(0, 0, 1, 0));
  EXPECT_EQ(written(append_yjs_step2, bytes(0, 0)), bytes(0, 1, 2, 0, 0));
  EXPECT_EQ(written(append_yjs_update, bytes(0, 0)), bytes(0, 2, 2, 0, 0));
  EXPECT_EQ(written(append_yjs_awareness, bytes(0)), bytes(1, 1, 0));
  const Bytes large(300, 7);
  const Bytes out = written(append_yjs_update, large);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 4), bytes(0, 2, 0xac, 2));
  EXPECT_EQ(out.size(), 304U);
}

}  // namespace
}  // namespace righttask::protocol
