/* t-admit.c - Size, seal, copies and fairness.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/capture/admit.h"

#include <check.h>
#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/base/secret.h"

#define SECOND 1000000u

#define ENDS 1800000000u        /* Of the previous key.  */

/* Of two doors; nobody's; and the one that the second door had before.  */
enum { FIRST, SECOND_DOOR, NOBODYS, PREVIOUS, N_KEYS };
static const unsigned char keys[N_KEYS][SEAL_KEYLEN]
  = { { 1 }, { 2 }, { 3 }, { 4 } };

/* One public-key session key packet of version 3 and one data packet with
   MDC: the least that the framing takes.  */
static unsigned char bare[200];

static const char *const names[] = { "main", "spare" };

static admit_t admit;
static seal_t seal[N_KEYS];
static struct packet_origin origin;


static void
fill_bare (void)
{
  memset (bare, 0x55, sizeof bare);
  bare[0] = 0xc1;               /* Tag 1, 100 bytes.  */
  bare[1] = 100;
  bare[2] = 3;
  bare[11] = 1;                 /* RSA.  */
  bare[12] = 0x02;              /* An MPI of 712 bits.  */
  bare[13] = 0xc8;
  bare[14] = 0x80;
  bare[103 - 1] = 0xd2;         /* Tag 18, the rest.  */
  bare[103] = (unsigned char)(sizeof bare - 104);
  bare[104] = 1;
}


static void
start (bool open_door)
{
  struct admit_key doors[3] = { { NULL, 0, names[0], 0, false },
                                { NULL, 0, names[1], 1, false },
                                { NULL, ENDS, names[1], 1, true } };
  int i;

  ck_assert (!secret_init (16384));
  for (i = 0; i < N_KEYS; i++)
    ck_assert (!seal_new (keys[i], &seal[i]));
  ck_assert (!seal_new (keys[FIRST], &doors[0].seal));
  ck_assert (!seal_new (keys[SECOND_DOOR], &doors[1].seal));
  ck_assert (!seal_new (keys[PREVIOUS], &doors[2].seal));
  ck_assert (!admit_new (doors, 3, open_door, &admit));
  admit_set_time (admit, ENDS - 1);
  memset (&origin, 0, sizeof origin);
  origin.src.family = AF_INET;
  origin.seen = 5 * SECOND;
  fill_bare ();
}


static void
setup (void)
{
  start (false);
}


static void
setup_open (void)
{
  start (true);
}


static void
teardown (void)
{
  int i;

  admit_release (admit);
  for (i = 0; i < N_KEYS; i++)
    seal_release (seal[i]);
}


static size_t
wrap (int door, const char *message, size_t limit, unsigned char *dgram)
{
  struct seal_content content = { (const void *)message, strlen (message),
                                  (const void *)"att", 3 };
  size_t len;

  ck_assert (!seal_wrap (seal[door], &content, limit, limit, dgram, &len));
  return len;
}


/* Seal the LEN bytes at TEXT as they are, by libgcrypt alone.  */
static size_t
wrap_raw (int door, const unsigned char *text, size_t len,
          unsigned char *dgram)
{
  static unsigned char nonce[SEAL_NONCELEN];
  gcry_cipher_hd_t hd;

  nonce[0]++;
  memcpy (dgram, nonce, sizeof nonce);
  ck_assert (!gcry_cipher_open (&hd, GCRY_CIPHER_CHACHA20,
                                GCRY_CIPHER_MODE_POLY1305, 0));
  ck_assert (!gcry_cipher_setkey (hd, keys[door], SEAL_KEYLEN));
  ck_assert (!gcry_cipher_setiv (hd, nonce, sizeof nonce));
  ck_assert (!gcry_cipher_authenticate (hd, "postern 1", 9));
  ck_assert (!gcry_cipher_encrypt (hd, dgram + SEAL_NONCELEN, len,
                                   text, len));
  ck_assert (!gcry_cipher_gettag (hd, dgram + SEAL_NONCELEN + len,
                                  SEAL_TAGLEN));
  gcry_cipher_close (hd);
  return len + SEAL_OVERHEAD;
}


static void
next_is (int door, const char *message)
{
  struct packet_sealed sealed;

  ck_assert (admit_next (admit, &sealed));
  ck_assert_str_eq (sealed.origin.door, names[door]);
  ck_assert_uint_eq (sealed.message_len, strlen (message));
  ck_assert_mem_eq (sealed.message, message, strlen (message));
  ck_assert_uint_eq (sealed.attachment_len, 3);
  ck_assert_mem_eq (sealed.attachment, "att", 3);
  admit_done (admit);
}


static void
nothing_waits (void)
{
  struct packet_sealed sealed;

  ck_assert (!admit_next (admit, &sealed));
}


START_TEST (test_good)
{
  unsigned char dgram[SEAL_MAX];
  struct packet_sealed sealed;
  size_t len;

  nothing_waits ();
  origin.sport = 4711;
  len = wrap (1, "good", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  ck_assert (admit_next (admit, &sealed));
  ck_assert_uint_eq (sealed.origin.size, len);
  ck_assert_uint_eq (sealed.origin.sport, 4711);
  next_is (1, "good");
  nothing_waits ();
}
END_TEST


START_TEST (test_length)
{
  unsigned char dgram[SEAL_MAX + 1] = { 0 };
  size_t len;

  ck_assert_int_eq (admit_take (admit, &origin, dgram, SEAL_MIN - 1),
                    REFUSAL_LENGTH);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, 0), REFUSAL_LENGTH);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, SEAL_MAX + 1),
                    REFUSAL_LENGTH);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, SEAL_MIN),
                    REFUSAL_SEAL);
  len = wrap (0, "long", SEAL_MAX4, dgram);
  ck_assert_uint_eq (len, SEAL_MAX4);
  origin.src.family = AF_INET6;
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                    REFUSAL_LENGTH);
  origin.src.family = AF_INET;
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  len = wrap (0, "long", SEAL_MAX6, dgram);
  origin.src.family = AF_INET6;
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
}
END_TEST


START_TEST (test_seal)
{
  unsigned char dgram[SEAL_MAX];
  size_t len, i;

  len = wrap (NOBODYS, "stranger", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_SEAL);
  len = wrap (0, "friend", SEAL_MIN, dgram);
  for (i = 0; i < len; i++)
    {
      dgram[i] ^= 1;
      ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                        REFUSAL_SEAL);
      dgram[i] ^= 1;
    }
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (0, "friend");
  nothing_waits ();
}
END_TEST


/* What admit_take says of the LEN bytes at TEXT under a good seal.  */
static enum refusal
take_raw (const unsigned char *text, size_t len)
{
  unsigned char dgram[SEAL_MAX];

  len = wrap_raw (1, text, len, dgram);
  return admit_take (admit, &origin, dgram, len);
}


/* Under a good seal: lengths that fit and zeros behind, or nothing.  */
START_TEST (test_padding)
{
  unsigned char text[SEAL_MAX] = { 0, 2, 'h', 'i', 0, 3, 'a', 't', 't' };

  text[SEAL_BLOCK - 1] = 1;
  ck_assert_int_eq (take_raw (text, SEAL_BLOCK), REFUSAL_PADDING);
  ck_assert_int_eq (take_raw (text, SEAL_BLOCK), REFUSAL_PADDING);
  text[SEAL_BLOCK - 1] = 0;
  text[4] = 1;
  ck_assert_int_eq (take_raw (text, SEAL_BLOCK), REFUSAL_CONTENT);
  text[4] = 0;
  ck_assert_int_eq (take_raw (text, 2 * SEAL_BLOCK + 1),
                    REFUSAL_PADDED_SIZE);
  text[1] = 0;
  text[2] = text[3] = 0;
  text[5] = 0;
  ck_assert_int_eq (take_raw (text, SEAL_BLOCK), REFUSAL_NO_MESSAGE);
  memcpy (text, "\0\2hi\0\3att", 9);
  ck_assert_int_eq (take_raw (text, SEAL_BLOCK), REFUSAL_NONE);
  next_is (1, "hi");
  ck_assert_int_eq (take_raw (text, 2 * SEAL_BLOCK), REFUSAL_NONE);
  next_is (1, "hi");
  nothing_waits ();
}
END_TEST


START_TEST (test_seen)
{
  unsigned char dgram[SEAL_MAX];
  size_t len;

  len = wrap (0, "once", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_SEEN);
  next_is (0, "once");
  origin.src.bytes[0] = 9;      /* From elsewhere, by another interface. */
  origin.ifindex = 7;
  origin.seen += (ADMIT_SEEN_SECS - 1) * SECOND;
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_SEEN);
  nothing_waits ();
  /* The table is short; what is older is for the claim to refuse.  */
  origin.seen += 3 * SECOND;
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  /* The same text sealed again is another datagram.  */
  len = wrap (0, "once", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
}
END_TEST


/* A copy that only begins and ends like the one seen is told from it by
   its seal alone, so it must count as seen or fail, never pass.  */
START_TEST (test_seen_forged)
{
  unsigned char dgram[SEAL_MAX];
  size_t len;

  len = wrap (0, "once", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  dgram[SEAL_NONCELEN + 1] ^= 1;
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_SEEN);
  next_is (0, "once");
  nothing_waits ();
}
END_TEST


/* Many more than the table holds: the newest are known.  */
START_TEST (test_seen_full)
{
  unsigned char dgram[SEAL_MAX], last[SEAL_MAX];
  struct packet_sealed sealed;
  size_t len = 0;
  int i;

  for (i = 0; i < 20000; i++)
    {
      len = wrap (0, "many", SEAL_MIN, dgram);
      ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                        REFUSAL_NONE);
      ck_assert (admit_next (admit, &sealed));
      admit_done (admit);
      memcpy (last, dgram, len);
    }
  ck_assert_int_eq (admit_take (admit, &origin, last, len), REFUSAL_SEEN);
}
END_TEST


START_TEST (test_busy_and_resend)
{
  unsigned char dgram[SEAL_MAX], late[SEAL_MAX];
  size_t len;
  int i;

  for (i = 0; i < ADMIT_QUEUE; i++)
    {
      len = wrap (0, "flood", SEAL_MIN, dgram);
      ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                        REFUSAL_NONE);
    }
  len = wrap (0, "late", SEAL_MIN, late);
  ck_assert_int_eq (admit_take (admit, &origin, late, len), REFUSAL_BUSY);
  ck_assert_int_eq (admit_take (admit, &origin, late, len), REFUSAL_BUSY);
  next_is (0, "flood");
  ck_assert_int_eq (admit_take (admit, &origin, late, len), REFUSAL_NONE);
  ck_assert_int_eq (admit_take (admit, &origin, late, len), REFUSAL_SEEN);
  for (i = 1; i < ADMIT_QUEUE; i++)
    next_is (0, "flood");
  next_is (0, "late");
  nothing_waits ();
}
END_TEST


/* One door floods; a single datagram by another comes out next.  */
START_TEST (test_fair)
{
  unsigned char dgram[SEAL_MAX];
  size_t len;
  int i;

  for (i = 0; i < 3 * ADMIT_QUEUE; i++)
    {
      len = wrap (0, "flood", SEAL_MIN, dgram);
      ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                        i < ADMIT_QUEUE ? REFUSAL_NONE : REFUSAL_BUSY);
    }
  next_is (0, "flood");
  len = wrap (1, "fair", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (1, "fair");
  next_is (0, "flood");
  len = wrap (1, "fair", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (1, "fair");
  next_is (0, "flood");
  next_is (0, "flood");
}
END_TEST


/* A door's previous key is good until its end, and is told from the
   other; where the clock goes back, so does the end.  */
START_TEST (test_previous)
{
  unsigned char dgram[SEAL_MAX];
  size_t len;

  len = wrap (PREVIOUS, "before", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  ck_assert_str_eq (origin.door, names[1]);
  ck_assert (origin.previous);
  next_is (1, "before");
  admit_set_time (admit, ENDS);
  len = wrap (PREVIOUS, "late", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                    REFUSAL_DOOR_ENDED);
  nothing_waits ();
  len = wrap (SECOND_DOOR, "now", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  ck_assert (!origin.previous);
  next_is (1, "now");
  len = wrap (PREVIOUS, "again", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                    REFUSAL_DOOR_ENDED);
  admit_set_time (admit, ENDS - 1);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (1, "again");
}
END_TEST


/* Both keys of a door share its queue: twice the keys are not twice the
   share.  */
START_TEST (test_fair_previous)
{
  unsigned char dgram[SEAL_MAX];
  size_t len;
  int i;

  for (i = 0; i < 2 * ADMIT_QUEUE; i++)
    {
      len = wrap (i % 2 ? PREVIOUS : SECOND_DOOR, "flood", SEAL_MIN, dgram);
      ck_assert_int_eq (admit_take (admit, &origin, dgram, len),
                        i < ADMIT_QUEUE ? REFUSAL_NONE : REFUSAL_BUSY);
    }
  len = wrap (FIRST, "fair", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (0, "fair");
  next_is (1, "flood");
  len = wrap (FIRST, "fair", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (0, "fair");
  next_is (1, "flood");
}
END_TEST


/* admit_next without admit_done gives the same again: nothing is lost when
   the next role is full.  */
START_TEST (test_next_is_kept)
{
  unsigned char dgram[SEAL_MAX];
  struct packet_sealed sealed;
  size_t len;

  len = wrap (0, "first", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  ck_assert (admit_next (admit, &sealed));
  len = wrap (1, "second", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  ck_assert (admit_next (admit, &sealed));
  next_is (0, "first");
  next_is (1, "second");
  nothing_waits ();
}
END_TEST


START_TEST (test_bare_refused)
{
  ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare),
                    REFUSAL_SEAL);
}
END_TEST


START_TEST (test_bare_open)
{
  struct packet_sealed sealed;

  ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare),
                    REFUSAL_NONE);
  ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare),
                    REFUSAL_SEEN);
  ck_assert (admit_next (admit, &sealed));
  ck_assert_str_eq (sealed.origin.door, "");
  ck_assert_uint_eq (sealed.message_len, sizeof bare);
  ck_assert_mem_eq (sealed.message, bare, sizeof bare);
  ck_assert_uint_eq (sealed.attachment_len, 0);
  admit_done (admit);
  /* Another with the same beginning and end is another.  */
  bare[120] ^= 1;
  ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare),
                    REFUSAL_NONE);
  bare[0] &= 0x7f;
  ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare),
                    REFUSAL_SEAL);
  bare[0] |= 0x80;
  ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare - 1),
                    REFUSAL_SEAL);
}
END_TEST


/* The open door has a queue of its own, and cannot starve the others.  */
START_TEST (test_open_fair)
{
  unsigned char dgram[SEAL_MAX];
  struct packet_sealed sealed;
  size_t len;
  int i;

  for (i = 0; i < 2 * ADMIT_QUEUE; i++)
    {
      bare[120] = (unsigned char)i;
      ck_assert_int_eq (admit_take (admit, &origin, bare, sizeof bare),
                        i < ADMIT_QUEUE ? REFUSAL_NONE : REFUSAL_BUSY);
    }
  len = wrap (0, "fair", SEAL_MIN, dgram);
  ck_assert_int_eq (admit_take (admit, &origin, dgram, len), REFUSAL_NONE);
  next_is (0, "fair");
  ck_assert (admit_next (admit, &sealed));
  ck_assert_str_eq (sealed.origin.door, "");
}
END_TEST


START_TEST (test_too_many_keys)
{
  struct admit_key none[ADMIT_MAX_KEYS + 1];
  admit_t other;

  memset (none, 0, sizeof none);
  ck_assert (admit_new (none, ADMIT_MAX_KEYS + 1, false, &other));
  ck_assert (other == NULL);
  none[0].door = CONFIG_MAX_DOORS;
  ck_assert (admit_new (none, 1, false, &other));
  none[0].door--;
  ck_assert (!admit_new (none, 1, false, &other));
  admit_release (other);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("admit");
  TCase *tc = tcase_create ("sealed");
  SRunner *sr;
  int failed;

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_good);
  tcase_add_test (tc, test_length);
  tcase_add_test (tc, test_seal);
  tcase_add_test (tc, test_padding);
  tcase_add_test (tc, test_seen);
  tcase_add_test (tc, test_seen_forged);
  tcase_add_test (tc, test_seen_full);
  tcase_add_test (tc, test_busy_and_resend);
  tcase_add_test (tc, test_fair);
  tcase_add_test (tc, test_next_is_kept);
  tcase_add_test (tc, test_bare_refused);
  tcase_add_test (tc, test_previous);
  tcase_add_test (tc, test_fair_previous);
  tcase_add_test (tc, test_too_many_keys);
  suite_add_tcase (suite, tc);
  tc = tcase_create ("open");
  tcase_add_checked_fixture (tc, setup_open, teardown);
  tcase_add_test (tc, test_bare_open);
  tcase_add_test (tc, test_open_fair);
  tcase_add_test (tc, test_good);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
