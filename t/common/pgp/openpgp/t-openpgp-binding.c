/* t-openpgp-binding.c - Bindings of subkeys, and of every wrong kind.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "craft-kit.h"

#define MADE (CRAFT_TIME - 5)

static struct crafted primary, subkey, rsa, foreign;
static struct craft c, back;
static uint64_t expires;


static void
make_keys (void)
{
  ck_assert_uint_eq (secret_init (65536), 0);
  craft_key (&primary, OPENPGP_EDDSA, "Ed25519", MADE);
  craft_key (&subkey, OPENPGP_EDDSA, "Ed25519", MADE + 1);
  craft_key (&foreign, OPENPGP_EDDSA, "Ed25519", MADE);
  craft_key (&rsa, OPENPGP_RSA, NULL, MADE);
}


static void
drop_keys (void)
{
  craft_key_release (&primary);
  craft_key_release (&subkey);
  craft_key_release (&foreign);
  craft_key_release (&rsa);
}


/* What a binding, or the signature in it, is made with.  */
struct making
{
  struct crafted *primary, *subkey;     /* What is covered.  */
  struct crafted *by;
};


static void
sign_both (struct craft *craft, const struct making *how)
{
  struct openpgp_part parts[4];
  unsigned char heads[6];

  craft_both (how->primary, how->subkey, heads, parts);
  craft_sign (craft, how->by, parts, 4);
}


/* A good back signature into BACK.  */
static void
make_back (void)
{
  const struct making how = { &primary, &subkey, &subkey };

  craft_begin (&back, OPENPGP_CLASS_BACK, OPENPGP_EDDSA, 8, subkey.key.fpr);
  sign_both (&back, &how);
}


/* Start C: what gpg writes for a subkey that signs.  */
static void
begin_binding (void)
{
  craft_begin (&c, OPENPGP_CLASS_BINDING, OPENPGP_EDDSA, 8,
               primary.key.fpr);
  craft_sub (&c, true, 27, "\x02", 1);
}


static void
add_back (bool hashed)
{
  unsigned char body[CRAFT_MAX];
  size_t len = craft_body (&back, body);

  craft_sub (&c, hashed, 32, body, len);
}


/* Sign C by the primary key, and check it.  */
static gpg_err_code_t
check_c (void)
{
  const struct making how = { &primary, &subkey, &primary };
  unsigned char body[CRAFT_MAX];
  size_t len;

  sign_both (&c, &how);
  len = craft_body (&c, body);
  return gpg_err_code (openpgp_binding_check (body, len, &primary.key,
                                              &subkey.key, &expires));
}


/* The same of a binding that has BACK as it is now.  */
static gpg_err_code_t
check_back (void)
{
  begin_binding ();
  add_back (true);
  return check_c ();
}


START_TEST (good)
{
  const struct making by_rsa = { &rsa, &subkey, &rsa };
  const struct making by_sub = { &rsa, &subkey, &subkey };
  unsigned char body[CRAFT_MAX];
  size_t len;

  make_back ();
  ck_assert_uint_eq (check_back (), 0);
  ck_assert_uint_eq (expires, 0);
  begin_binding ();             /* Where older ones have it.  */
  add_back (false);
  ck_assert_uint_eq (check_c (), 0);
  /* An RSA key that binds an Ed25519 key.  */
  craft_begin (&back, OPENPGP_CLASS_BACK, OPENPGP_EDDSA, 10,
               subkey.key.fpr);
  sign_both (&back, &by_sub);
  craft_begin (&c, OPENPGP_CLASS_BINDING, OPENPGP_RSA, 10, rsa.key.fpr);
  craft_sub (&c, true, 27, "\x02", 1);
  add_back (true);
  sign_both (&c, &by_rsa);
  len = craft_body (&c, body);
  ck_assert_uint_eq (openpgp_binding_check (body, len, &rsa.key, &subkey.key,
                                            &expires), 0);
}
END_TEST


/* Older ones name their issuers by key ID alone.  */
START_TEST (keyids_alone)
{
  const struct making how = { &primary, &subkey, &subkey };

  craft_bare (&back, OPENPGP_CLASS_BACK, OPENPGP_EDDSA, 8);
  craft_seconds (&back, true, 2, CRAFT_TIME);
  craft_keyid (&back, false, subkey.key.fpr);
  sign_both (&back, &how);
  craft_bare (&c, OPENPGP_CLASS_BINDING, OPENPGP_EDDSA, 8);
  craft_seconds (&c, true, 2, CRAFT_TIME);
  craft_sub (&c, true, 27, "\x02", 1);
  craft_keyid (&c, false, primary.key.fpr);
  add_back (false);
  ck_assert_uint_eq (check_c (), 0);
  /* Of another key, though this one made it.  */
  c.unhashed_len = 0;
  craft_keyid (&c, false, foreign.key.fpr);
  add_back (false);
  ck_assert_uint_eq (check_c (), GPG_ERR_BAD_SIGNATURE);
  c.unhashed_len = 0;
  craft_fpr (&c, true, foreign.key.fpr);
  add_back (false);
  ck_assert_uint_eq (check_c (), GPG_ERR_BAD_SIGNATURE);
  c.unhashed_len = 0;
  add_back (false);
  c.hashed_len -= 23;
  ck_assert_uint_eq (check_c (), GPG_ERR_BAD_DATA);     /* None at all.  */
  craft_fpr (&c, false, primary.key.fpr);
  ck_assert_uint_eq (check_c (), 0);
}
END_TEST


START_TEST (usage)
{
  make_back ();
  craft_begin (&c, OPENPGP_CLASS_BINDING, OPENPGP_EDDSA, 8,
               primary.key.fpr);
  add_back (true);
  ck_assert_uint_eq (check_c (), GPG_ERR_WRONG_KEY_USAGE);
  craft_sub (&c, false, 27, "\x02", 1);         /* Not covered.  */
  ck_assert_uint_eq (check_c (), GPG_ERR_WRONG_KEY_USAGE);
  c.unhashed_len = 0;
  craft_sub (&c, true, 27, "\x0c", 1);          /* To encrypt.  */
  ck_assert_uint_eq (check_c (), GPG_ERR_WRONG_KEY_USAGE);
  c.hashed[c.hashed_len - 1] = 0x2e;
  ck_assert_uint_eq (check_c (), 0);
  begin_binding ();
  ck_assert_uint_eq (check_c (), GPG_ERR_WRONG_KEY_USAGE);
  add_back (true);
  ck_assert_uint_eq (check_c (), 0);
}
END_TEST


START_TEST (back_signatures)
{
  struct making how = { &primary, &subkey, &subkey };

  make_back ();
  ck_assert_uint_eq (check_back (), 0);
  back.tail[6] ^= 1;
  ck_assert_uint_eq (check_back (), GPG_ERR_BAD_SIGNATURE);
  how.by = &foreign;                            /* By another key ...  */
  make_back ();
  sign_both (&back, &how);
  ck_assert_uint_eq (check_back (), GPG_ERR_BAD_SIGNATURE);
  craft_begin (&back, OPENPGP_CLASS_BACK, OPENPGP_EDDSA, 8,
               foreign.key.fpr);                /* ... that says so.  */
  sign_both (&back, &how);
  ck_assert_uint_eq (check_back (), GPG_ERR_BAD_SIGNATURE);
  how.by = &subkey;
  how.primary = &foreign;                       /* For another primary.  */
  make_back ();
  sign_both (&back, &how);
  ck_assert_uint_eq (check_back (), GPG_ERR_BAD_SIGNATURE);
  how.primary = &primary;
  make_back ();
  back.class = OPENPGP_CLASS_BINDING;
  sign_both (&back, &how);
  ck_assert_uint_eq (check_back (), GPG_ERR_BAD_DATA);
  back.class = OPENPGP_CLASS_BACK;
  back.hash = 2;                                /* SHA-1.  */
  sign_both (&back, &how);
  ck_assert_uint_eq (check_back (), GPG_ERR_DIGEST_ALGO);
  back.hash = 9;
  sign_both (&back, &how);
  ck_assert_uint_eq (check_back (), 0);
}
END_TEST


START_TEST (bindings)
{
  struct making how = { &primary, &subkey, &foreign };
  unsigned char body[CRAFT_MAX];
  size_t len;

  make_back ();
  begin_binding ();
  add_back (true);
  sign_both (&c, &how);                         /* By another key.  */
  len = craft_body (&c, body);
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len, &primary.key, &subkey.key,
                                    &expires)), GPG_ERR_BAD_SIGNATURE);
  ck_assert_uint_eq (check_c (), 0);
  len = craft_body (&c, body);
  ck_assert_uint_eq (openpgp_binding_check (body, len, &primary.key,
                                            &subkey.key, &expires), 0);
  /* Of another subkey, by another primary key, cut off.  */
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len, &primary.key, &foreign.key,
                                    &expires)), GPG_ERR_BAD_SIGNATURE);
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len, &foreign.key, &subkey.key,
                                    &expires)), GPG_ERR_BAD_SIGNATURE);
  ck_assert_uint_eq (gpg_err_code (openpgp_binding_check
                                   (body, len - 1, &primary.key, &subkey.key,
                                    &expires)), GPG_ERR_BAD_DATA);
  c.hash = 2;
  ck_assert_uint_eq (check_c (), GPG_ERR_DIGEST_ALGO);
  c.hash = 10;
  ck_assert_uint_eq (check_c (), 0);
  c.class = OPENPGP_CLASS_BINARY;
  ck_assert_uint_eq (check_c (), GPG_ERR_BAD_DATA);
  c.class = OPENPGP_CLASS_BINDING;
  craft_sub (&c, true, 20 | 0x80, "\x80\0\0\0\0\1\0\1nv", 10);
  ck_assert_uint_eq (check_c (), GPG_ERR_BAD_DATA);
  c.hashed[c.hashed_len - 11] = 20;
  ck_assert_uint_eq (check_c (), 0);
  c.hashed[c.hashed_len - 3]++;                 /* Longer than it is.  */
  ck_assert_uint_eq (check_c (), GPG_ERR_BAD_DATA);
}
END_TEST


/* What GnuPG writes into bindings, and others do.  */
START_TEST (known_subpackets)
{
  make_back ();
  begin_binding ();
  craft_sub (&c, true, 11, "\x09\x08\x07\x02", 4);
  craft_sub (&c, true, 23, "\x80", 1);
  craft_sub (&c, true, 24, "hkps://keys.example.org", 23);
  craft_sub (&c, true, 30, "\x01", 1);
  craft_sub (&c, true, 20, "\x80\0\0\0\0\1\0\1nv", 10);
  craft_sub (&c, false, 20, "x", 1);
  add_back (false);
  ck_assert_uint_eq (check_c (), 0);
}
END_TEST


/* The soonest end counts.  */
START_TEST (ends)
{
  const struct making how = { &primary, &subkey, &subkey };

  make_back ();
  begin_binding ();
  craft_seconds (&c, true, 9, 1000);
  add_back (true);
  ck_assert_uint_eq (check_c (), 0);
  ck_assert_uint_eq (expires, (uint64_t)subkey.key.created + 1000);
  craft_seconds (&c, true, 3, 2000);
  ck_assert_uint_eq (check_c (), 0);
  ck_assert_uint_eq (expires, (uint64_t)subkey.key.created + 1000);
  c.hashed_len -= 6;
  craft_seconds (&c, true, 3, 10);
  ck_assert_uint_eq (check_c (), 0);
  ck_assert_uint_eq (expires, (uint64_t)CRAFT_TIME + 10);
  craft_seconds (&back, true, 3, 7);
  sign_both (&back, &how);
  begin_binding ();
  craft_seconds (&c, true, 9, 1000);
  add_back (true);
  ck_assert_uint_eq (check_c (), 0);
  ck_assert_uint_eq (expires, (uint64_t)CRAFT_TIME + 7);
}
END_TEST


/* The last end that 32 bits can hold, and one second more.  */
START_TEST (last_ends)
{
  const struct making how = { &primary, &subkey, &subkey };
  uint32_t most = UINT32_MAX - subkey.key.created, more;

  for (more = 0; more < 2; more++)
    {
      make_back ();
      begin_binding ();
      craft_seconds (&c, true, 9, most + more);
      add_back (true);
      ck_assert_uint_eq (check_c (), more ? GPG_ERR_BAD_DATA : 0);
      ck_assert_uint_eq (expires, more ? 0 : UINT32_MAX);
      begin_binding ();
      craft_seconds (&c, true, 3, UINT32_MAX - CRAFT_TIME + more);
      add_back (true);
      ck_assert_uint_eq (check_c (), more ? GPG_ERR_BAD_DATA : 0);
      craft_seconds (&back, true, 3, UINT32_MAX - CRAFT_TIME + more);
      sign_both (&back, &how);
      ck_assert_uint_eq (check_back (), more ? GPG_ERR_BAD_DATA : 0);
    }
}
END_TEST


/* MADE + 1 is when the subkey was made.  */
START_TEST (times)
{
  const struct making how = { &primary, &subkey, &subkey };
  uint32_t at;

  for (at = MADE - 1; at <= MADE + 1; at++)
    {
      make_back ();
      craft_bare (&c, OPENPGP_CLASS_BINDING, OPENPGP_EDDSA, 8);
      craft_fpr (&c, true, primary.key.fpr);
      craft_seconds (&c, true, 2, at);
      craft_sub (&c, true, 27, "\x02", 1);
      add_back (true);
      ck_assert_uint_eq (check_c (),
                         at > MADE ? 0 : GPG_ERR_TIME_CONFLICT);
      craft_bare (&back, OPENPGP_CLASS_BACK, OPENPGP_EDDSA, 8);
      craft_fpr (&back, true, subkey.key.fpr);
      craft_seconds (&back, true, 2, at);
      sign_both (&back, &how);
      ck_assert_uint_eq (check_back (),
                         at > MADE ? 0 : GPG_ERR_TIME_CONFLICT);
    }
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("openpgp-binding");

  tcase_add_unchecked_fixture (tc, make_keys, drop_keys);
  tcase_add_test (tc, good);
  tcase_add_test (tc, keyids_alone);
  tcase_add_test (tc, usage);
  tcase_add_test (tc, back_signatures);
  tcase_add_test (tc, bindings);
  tcase_add_test (tc, known_subpackets);
  tcase_add_test (tc, ends);
  tcase_add_test (tc, last_ends);
  tcase_add_test (tc, times);
  return run_crafted (tc);
}
