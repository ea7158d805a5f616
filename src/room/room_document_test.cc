#include "room/room_document.h"

#include <gtest/gtest.h>

#include "ydoc/view/json_view.h"

namespace righttask {
namespace {

// Root text "t": client 5 types "ab"; client 7 types "x" and deletes the "a".
const Bytes kTyped = bytes(1, 1, 5, 0, 4, 1, 1, 't', 2, 'a', 'b', 0);
const Bytes kMore = bytes(1, 1, 7, 0, 4, 1, 1, 't', 1, 'x', 1, 5, 1, 0, 1);
// Client 5's unit 9, behind a gap.
const Bytes kLater = bytes(1, 1, 5, 9, 0x84, 5, 8, 1, 'z', 0);

class RoomDocumentTest : public testing::Test {
 protected:
  void apply(const Bytes& update) {
    ASSERT_TRUE(document.awake().apply_update_v1(update));
    ASSERT_TRUE(plain.apply_update_v1(update));
  }
  void expect_same() {
    EXPECT_EQ(document.encode_state(), plain.encode_state_as_update_v1());
    EXPECT_EQ(document.encode_state_vector(), plain.encode_state_vector_v1());
    ydoc::Doc behind;
    ASSERT_TRUE(behind.apply_update_v1(kTyped));
    const auto have = behind.state_vector();
    EXPECT_EQ(document.encode_state(have), plain.encode_state_as_update_v1(have));
  }

  Limits limits;
  RoomDocument document{limits};
  ydoc::Doc plain;
};

TEST_F(RoomDocumentTest, IsAtRestUntilItIsNeeded) {  // ROOM-31
  EXPECT_FALSE(document.is_awake());
  expect_same();
  EXPECT_FALSE(document.is_awake());
  apply(kTyped);
  EXPECT_TRUE(document.is_awake());
  expect_same();
}

TEST_F(RoomDocumentTest, AnswersAtRestAsAwake) {  // ROOM-31
  apply(kTyped);
  apply(kMore);
  document.rest();
  EXPECT_FALSE(document.is_awake());
  expect_same();
  EXPECT_FALSE(document.is_awake());
}

TEST_F(RoomDocumentTest, GoesOnWhereItRested) {  // ROOM-31
  apply(kTyped);
  document.rest();
  apply(kMore);
  expect_same();
  EXPECT_EQ(ydoc::doc_json(document.awake()), ydoc::doc_json(plain));
}

TEST_F(RoomDocumentTest, StaysAwakeWhileStructsWait) {  // ROOM-31
  apply(kTyped);
  apply(kLater);
  ASSERT_TRUE(document.awake().has_pending());
  document.rest();
  EXPECT_TRUE(document.is_awake());
  expect_same();
}

TEST_F(RoomDocumentTest, StaysAwakeWhenItIsLarge) {  // ROOM-31
  Bytes update = bytes(1, 1, 5, 0, 4, 1, 1, 't');
  const std::size_t size = RoomDocument::kRestingBytesMax;
  for (std::size_t rest = size;; rest >>= 7) {
    update.push_back(static_cast<std::uint8_t>(rest >= 128 ? (rest & 127) | 128 : rest));
    if (rest < 128) break;
  }
  update.insert(update.end(), size, 'a');
  update.push_back(0);
  apply(update);
  document.rest();
  EXPECT_TRUE(document.is_awake());
}

}  // namespace
}  // namespace righttask
