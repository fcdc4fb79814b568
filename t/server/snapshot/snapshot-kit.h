/* snapshot-kit.h - Keys and signatures to the byte, and snapshots of them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program.  Keys are Ed25519; what no gpg
 * would sign is signed here (RFC 4880, section 5.2.4).
 *
 *   make_pair      A key.
 *   make_signature A signature, as a struct spec says.
 *   bind           The binding of a subkey, of which SPOIL says what is wrong.
 *   begin, add, finish  Write a snapshot; finish gives the sealed memfd.
 *   find           Look up a key and judge it.  */

#ifndef POSTERN_TEST_SNAPSHOT_KIT_H
#define POSTERN_TEST_SNAPSHOT_KIT_H

#include "../../../server/snapshot/snapshot.h"

#include <gcrypt.h>
#include <sys/mman.h>
#include "../config/config-dir.h"

#define MADE 1600000000u        /* When all keys were.  */
#define NOW 1700000000u
#define CHANGED 1234567890123u

struct made
{
  gcry_sexp_t pair;
  unsigned char body[80];
  size_t len;
  unsigned char fpr[OPENPGP_FPRLEN];
  char text[2 * OPENPGP_FPRLEN + 1];
};

struct spec
{
  unsigned char class, hash;
  uint32_t created;
  uint32_t key_life;            /* 0: without.  */
  unsigned char flags;
  const unsigned char *back;    /* NULL: without.  */
  size_t back_len;
};

static unsigned char *
put_number (unsigned char *p, uint64_t value, unsigned int n)
{
  for (; n; n--)
    *p++ = (unsigned char)(value >> 8 * (n - 1));
  return p;
}

static unsigned char *
put_data (unsigned char *p, const void *data, size_t len)
{
  memcpy (p, data, len);
  return p + len;
}

/* The 32 bytes named NAME in S.  */
static void
get_point (gcry_sexp_t s, const char *name, unsigned char point[32])
{
  gcry_sexp_t token = gcry_sexp_find_token (s, name, 0);
  const char *data;
  size_t len;

  ck_assert_ptr_nonnull (token);
  data = gcry_sexp_nth_data (token, 1, &len);
  ck_assert_uint_ge (len, 32);
  memcpy (point, data + len - 32, 32);
  gcry_sexp_release (token);
}

static void
make_body (struct made *made, const unsigned char point[32], uint32_t created)
{
  static const unsigned char oid[] =
    { 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1 };
  struct openpgp_key key;
  unsigned char *p = made->body;

  p = put_number (p, 4, 1);
  p = put_number (p, created, 4);
  p = put_number (p, OPENPGP_EDDSA, 1);
  p = put_data (p, oid, sizeof oid);
  p = put_number (p, 263, 2);
  p = put_number (p, 0x40, 1);
  p = put_data (p, point, 32);
  made->len = (size_t)(p - made->body);
  ck_assert_uint_eq (openpgp_key_read (made->body, made->len, &key), 0);
  memcpy (made->fpr, key.fpr, sizeof made->fpr);
  openpgp_fpr_print (made->fpr, made->text);
}

static inline void
make_pair_at (struct made *made, uint32_t created)
{
  unsigned char point[32];
  gcry_sexp_t how;

  ck_assert_uint_eq (gcry_sexp_build (&how, NULL, "(genkey(ecc(curve Ed25519)"
                                      "(flags eddsa)))"), 0);
  ck_assert_uint_eq (gcry_pk_genkey (&made->pair, how), 0);
  gcry_sexp_release (how);
  get_point (made->pair, "q", point);
  make_body (made, point, created);
}

static inline void
make_pair (struct made *made)
{
  make_pair_at (made, MADE);
}

/* A key without a secret.  */
static inline void
make_stranger (struct made *made, uint32_t n)
{
  unsigned char point[32] = { 0 };

  put_number (point, n, 4);
  made->pair = NULL;
  make_body (made, point, MADE);
}

static unsigned char *
put_subpacket (unsigned char *p, unsigned int type, const void *data,
               size_t len)
{
  if (len + 1 < 192)
    p = put_number (p, len + 1, 1);
  else
    p = put_number (p, len + 1 - 192 + (192 << 8), 2);
  p = put_number (p, type, 1);
  return put_data (p, data, len);
}

static unsigned char *
put_hashed_area (unsigned char *p, const struct spec *spec,
                 const struct made *by)
{
  unsigned char field[21], *start = p + 2;

  put_number (field, spec->created, 4);
  p = put_subpacket (start, 2, field, 4);
  put_data (put_number (field, 4, 1), by->fpr, OPENPGP_FPRLEN);
  p = put_subpacket (p, 33, field, 21);
  p = put_subpacket (p, 27, &spec->flags, 1);
  put_number (field, spec->key_life, 4);
  if (spec->key_life)
    p = put_subpacket (p, 9, field, 4);
  put_number (start - 2, (uint64_t)(p - start), 2);
  return p;
}

static unsigned char *
put_unhashed_area (unsigned char *p, const struct spec *spec,
                   const struct made *by)
{
  unsigned char *start = p + 2;

  p = put_subpacket (start, 16, by->fpr + OPENPGP_FPRLEN - OPENPGP_KEYIDLEN,
                     OPENPGP_KEYIDLEN);
  if (spec->back)
    p = put_subpacket (p, 32, spec->back, spec->back_len);
  put_number (start - 2, (uint64_t)(p - start), 2);
  return p;
}

static void
hash_key (gcry_md_hd_t md, const struct made *key)
{
  unsigned char head[3];

  put_number (put_number (head, 0x99, 1), key->len, 2);
  gcry_md_write (md, head, 3);
  gcry_md_write (md, key->body, key->len);
}

static unsigned char *
put_integer (unsigned char *p, const unsigned char *data, size_t len)
{
  unsigned int bits;

  for (; len && !*data; len--)
    data++;
  for (bits = 8; len && !(*data >> (bits - 1)); bits--)
    ;
  p = put_number (p, len ? 8 * (len - 1) + bits : 0, 2);
  return put_data (p, data, len);
}

static unsigned char *
put_signed (unsigned char *p, const struct made *by, gcry_md_hd_t md,
            int algo)
{
  unsigned char *digest = gcry_md_read (md, algo), half[32];
  size_t len = gcry_md_get_algo_dlen (algo);
  gcry_sexp_t data, sig;

  ck_assert_uint_eq (gcry_sexp_build (&data, NULL, "(data(flags eddsa)"
                                      "(hash-algo sha512)(value %b))",
                                      (int)len, digest), 0);
  ck_assert_uint_eq (gcry_pk_sign (&sig, data, by->pair), 0);
  p = put_data (p, digest, 2);
  get_point (sig, "r", half);
  p = put_integer (p, half, 32);
  get_point (sig, "s", half);
  p = put_integer (p, half, 32);
  gcry_sexp_release (data);
  gcry_sexp_release (sig);
  return p;
}

/* The body of a signature by BY on PRIMARY and SUBKEY, into OUT.  Returns its
   length.  */
static inline size_t
make_signature (unsigned char *out, const struct spec *spec,
                const struct made *by, const struct made *primary,
                const struct made *subkey)
{
  int algo = spec->hash == 2 ? GCRY_MD_SHA1 : spec->hash == 8
             ? GCRY_MD_SHA256 : GCRY_MD_SHA512;
  unsigned char *p = out, tail[6];
  gcry_md_hd_t md;

  p = put_number (p, 4, 1);
  p = put_number (p, spec->class, 1);
  p = put_number (p, OPENPGP_EDDSA, 1);
  p = put_number (p, spec->hash, 1);
  p = put_hashed_area (p, spec, by);
  ck_assert_uint_eq (gcry_md_open (&md, algo, 0), 0);
  hash_key (md, primary);
  hash_key (md, subkey);
  gcry_md_write (md, out, (size_t)(p - out));
  put_number (put_number (tail, 0x04ff, 2), (uint64_t)(p - out), 4);
  gcry_md_write (md, tail, sizeof tail);
  p = put_unhashed_area (p, spec, by);
  p = put_signed (p, by, md, algo);
  gcry_md_close (md);
  return (size_t)(p - out);
}

/* What is wrong with a binding.  */
enum spoil
  {
    SOUND,
    SHA1_BINDING,
    NO_BACK,
    SHA1_BACK,
    STRANGE_BACK,               /* By another key.  */
    STRANGE_BINDING,            /* By another key.  */
    NOT_FOR_SIGNING
  };

struct bound
{
  unsigned char body[600];
  size_t len;
};

/* PRIMARY binds SUBKEY at CREATED; OTHER is who signs what is strange.  */
static inline void
bind_at (struct bound *bound, const struct made *primary,
         const struct made *subkey, const struct made *other,
         enum spoil spoil, uint32_t created, uint32_t key_life)
{
  unsigned char back[300];
  struct spec spec = { .class = 0x19, .created = created,
                       .hash = spoil == SHA1_BACK ? 2 : 8 };

  spec.back_len = make_signature (back, &spec, spoil == STRANGE_BACK
                                  ? other : subkey, primary, subkey);
  spec.back = spoil == NO_BACK ? NULL : back;
  spec.class = 0x18;
  spec.hash = spoil == SHA1_BINDING ? 2 : 8;
  spec.key_life = key_life;
  spec.flags = spoil == NOT_FOR_SIGNING ? 0x0c : 0x02;
  bound->len = make_signature (bound->body, &spec, spoil == STRANGE_BINDING
                               ? other : primary, primary, subkey);
}

static inline void
bind_key (struct bound *bound, const struct made *primary,
          const struct made *subkey, const struct made *other,
          enum spoil spoil)
{
  bind_at (bound, primary, subkey, other, spoil, MADE, 0);
}

/* ---- Snapshots. ---- */

static int snapshot_fd;
static snapshot_writer_t writer;
static snapshot_t snapshot;

static inline void
begin (void)
{
  snapshot_fd = memfd_create ("snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ck_assert_int_ge (snapshot_fd, 0);
  ck_assert_uint_eq (snapshot_writer_open (snapshot_fd, CHANGED, &writer), 0);
}

static inline struct snapshot_part
part_of (const struct made *key, const struct bound *bound,
         enum snapshot_state state, uint64_t expires)
{
  struct snapshot_part part =
    { key->body, key->len, bound ? bound->body : NULL,
      bound ? bound->len : 0, state, expires };

  return part;
}

/* A person with a good key, and a subkey if there is one.  */
static inline void
add (const struct made *key, const struct made *subkey,
     const struct bound *bound)
{
  struct snapshot_part part[2] =
    { part_of (key, NULL, SNAPSHOT_GOOD, 0) };

  if (subkey)
    part[1] = part_of (subkey, bound, SNAPSHOT_GOOD, 0);
  ck_assert_uint_eq (snapshot_add (writer, part, subkey ? 2 : 1), 0);
}

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static inline int
finish (void)
{
  ck_assert_uint_eq (snapshot_writer_close (writer), 0);
  ck_assert_int_eq (fcntl (snapshot_fd, F_ADD_SEALS, ALL_SEALS), 0);
  return snapshot_fd;
}

/* Read what was written.  */
static inline void
reopen (void)
{
  snapshot_close (snapshot);
  ck_assert_uint_eq (snapshot_open (finish (), config, &snapshot), 0);
}

static struct snapshot_signer who;

/* The error of a lookup, else that of the judgement at NOW.  */
static inline gpg_err_code_t
find (const struct made *key)
{
  const struct openpgp_key *found;
  gpg_error_t err = snapshot_find (snapshot, key->fpr, &found, &who);

  ck_assert (!err == !!found);
  ck_assert_str_eq (who.signing, key->text);
  if (err)
    ck_assert_uint_eq (snapshot_judge (snapshot, key->fpr, NOW), err);
  else
    {
      ck_assert_uint_eq (found->body_len, key->len);
      ck_assert_mem_eq (found->body, key->body, key->len);
      ck_assert_uint_ne (who.state, 0);
      err = snapshot_judge (snapshot, key->fpr, NOW);
    }
  return gpg_err_code (err);
}

/* Put the people from FIRST on, at most 1000 of the N, into a file.  */
static void
enrol_some (const struct made *const *key, size_t n, size_t first)
{
  char *text = NULL, name[64];
  size_t size = 0, i;
  FILE *fp = open_memstream (&text, &size);

  ck_assert_ptr_nonnull (fp);
  for (i = first; i < n && i < first + 1000; i++)
    fprintf (fp, "user p%zu {\n  key = '%s'\n  groups = {'ops'}\n}\n", i,
             key[i]->text);
  fclose (fp);
  snprintf (name, sizeof name, "users.d/p%zu.conf", first);
  put (name, text);
  free (text);
}

/* The configuration has these N people.  */
static inline void
enrol (const struct made *const *key, size_t n)
{
  size_t i;

  put ("access.conf", "rule ssh {\n  groups = {'ops'}\n"
       "  ports = {'tcp/22'}\n}\n");
  for (i = 0; i < n; i += 1000)
    enrol_some (key, n, i);
  accepted ();
}

#endif /*POSTERN_TEST_SNAPSHOT_KIT_H*/
