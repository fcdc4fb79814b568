/* tool-forge.c - The cryptography of forged messages, for the oracle test.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads orders, a line each, and answers each with a line: words of hex, or
 * "!" and why not.  Numbers are libgcrypt's.
 *
 *   load KEY                    the index of a secret key, an S-expression
 *   sign INDEX DIGEST DATA      the digest, and the signature's integers
 *   raw INDEX BLOCK             what RSA makes of BLOCK with the secret key
 *   ecdh CURVE POINT SCALAR     the sender's point, and the shared one
 *   cfb CIPHER KEY DATA
 *   aead MODE CIPHER KEY NONCE AAD DATA    with the tag at its end
 *   wrap CIPHER KEY DATA        RFC 3394
 *   curve CURVE                 the order of its base point
 *
 * With deterministic signatures, so that a run can be repeated.  The keys are
 * made for the test: nothing here is kept secret.  */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>

#define MAX_KEYS 64
#define MAX_WORDS 8
#define MAX_DATA 65536
#define MAX_DIGEST 64
#define BLOCK_MAX 16
#define TAG_LEN 16

struct data
{
  unsigned char *p;
  size_t len;
};

static gcry_sexp_t keys[MAX_KEYS];
static size_t n_keys;


static gpg_error_t
read_hex (const char *text, struct data *data)
{
  size_t i, n = strlen (text);
  unsigned int byte;

  data->p = NULL;
  data->len = n / 2;
  if (n % 2 || data->len > MAX_DATA)
    return gpg_error (GPG_ERR_INV_VALUE);
  data->p = malloc (data->len + 1);
  if (!data->p)
    return gpg_error_from_syserror ();
  for (i = 0; i < data->len; i++)
    {
      if (sscanf (text + 2 * i, "%2x", &byte) != 1)
        return gpg_error (GPG_ERR_INV_VALUE);
      data->p[i] = (unsigned char)byte;
    }
  return 0;
}


/* An empty word is written "-".  */
static gpg_error_t
read_words (char **word, struct data *data, size_t n)
{
  gpg_error_t err = 0;
  size_t i;

  memset (data, 0, n * sizeof *data);
  for (i = 0; !err && i < n; i++)
    err = read_hex (strcmp (word[i], "-") ? word[i] : "", data + i);
  return err;
}


static void
free_words (struct data *data, size_t n)
{
  for (; n; n--, data++)
    free (data->p);
}


static void
print_hex (const void *data, size_t len)
{
  const unsigned char *p = data;

  putchar (' ');
  for (; len; len--)
    printf ("%02x", *p++);
}


/* Print the value NAME of SEXP, if it has one.  */
static void
print_value (gcry_sexp_t sexp, const char *name)
{
  gcry_sexp_t item = gcry_sexp_find_token (sexp, name, 0);
  const char *p;
  size_t n;

  p = item ? gcry_sexp_nth_data (item, 1, &n) : NULL;
  if (p)
    print_hex (p, n);
  gcry_sexp_release (item);
}


static gpg_error_t
load_key (char **word)
{
  struct data key;
  gpg_error_t err = read_hex (word[0], &key);

  if (!err && n_keys == MAX_KEYS)
    err = gpg_error (GPG_ERR_TOO_LARGE);
  if (!err)
    err = gcry_sexp_sscan (keys + n_keys, NULL, (char *)key.p, key.len);
  free (key.p);
  if (!err)
    printf (" %zu", n_keys++);
  return err;
}


static gcry_sexp_t
find_key (const char *index)
{
  size_t i = strtoul (index, NULL, 10);

  return i < n_keys ? keys[i] : NULL;
}


static bool
key_is (gcry_sexp_t key, const char *token)
{
  gcry_sexp_t found = gcry_sexp_find_token (key, token, 0);

  gcry_sexp_release (found);
  return found;
}


static bool
key_is_eddsa (gcry_sexp_t key)
{
  gcry_sexp_t curve = gcry_sexp_find_token (key, "curve", 0);
  char *name = curve ? gcry_sexp_nth_string (curve, 1) : NULL;
  bool eddsa = name && !strcmp (name, "Ed25519");

  gcry_free (name);
  gcry_sexp_release (curve);
  return eddsa;
}


/* What gpg has the agent sign: EdDSA takes the digest as its message.  */
static gpg_error_t
build_data (gcry_sexp_t key, int algo, const unsigned char *digest, size_t len,
            gcry_sexp_t *r_data)
{
  if (key_is (key, "rsa"))
    return gcry_sexp_build (r_data, NULL, "(data(flags pkcs1)(hash %s %b))",
                            gcry_md_algo_name (algo), (int)len, digest);
  if (key_is_eddsa (key))
    return gcry_sexp_build (r_data, NULL,
                            "(data(flags eddsa)(hash-algo sha512)(value %b))",
                            (int)len, digest);
  return gcry_sexp_build (r_data, NULL,
                          "(data(flags rfc6979)(hash %s %b))",
                          gcry_md_algo_name (algo), (int)len, digest);
}


static gpg_error_t
print_signature (gcry_sexp_t key, gcry_sexp_t data)
{
  gcry_sexp_t sig;
  gpg_error_t err = gcry_pk_sign (&sig, data, key);

  if (err)
    return err;
  print_value (sig, "r");
  print_value (sig, "s");
  gcry_sexp_release (sig);
  return 0;
}


static gpg_error_t
sign_data (char **word)
{
  gcry_sexp_t key = find_key (word[0]), data = NULL;
  unsigned char digest[MAX_DIGEST];
  int algo = atoi (word[1]);
  size_t len = gcry_md_get_algo_dlen (algo);
  struct data text;
  gpg_error_t err = read_words (word + 2, &text, 1);

  if (!err && (!key || !len || len > sizeof digest))
    err = gpg_error (GPG_ERR_INV_VALUE);
  if (!err)
    {
      gcry_md_hash_buffer (algo, digest, text.p, text.len);
      err = build_data (key, algo, digest, len, &data);
    }
  if (!err)
    {
      print_hex (digest, len);
      err = print_signature (key, data);
    }
  gcry_sexp_release (data);
  free (text.p);
  return err;
}


static gpg_error_t
sign_raw (char **word)
{
  gcry_sexp_t key = find_key (word[0]), data = NULL;
  gcry_mpi_t block = NULL;
  struct data text;
  gpg_error_t err = read_words (word + 1, &text, 1);

  if (!err && !key)
    err = gpg_error (GPG_ERR_INV_VALUE);
  if (!err)
    err = gcry_mpi_scan (&block, GCRYMPI_FMT_USG, text.p, text.len, NULL);
  if (!err)
    err = gcry_sexp_build (&data, NULL, "(data(flags raw)(value %m))", block);
  if (!err)
    err = print_signature (key, data);
  gcry_mpi_release (block);
  gcry_sexp_release (data);
  free (text.p);
  return err;
}


/* libgcrypt encrypts a scalar by ECDH to its point and the shared one.  */
static gpg_error_t
share_point (char **word)
{
  bool djb = !strcmp (word[0], "Curve25519");
  gcry_sexp_t key = NULL, data = NULL, cipher = NULL;
  struct data in[2];
  gpg_error_t err = read_words (word + 1, in, 2);

  if (!err)
    err = gcry_sexp_build (&key, NULL, djb
                           ? "(public-key(ecc(curve %s)(flags djb-tweak)(q%b)))"
                           : "(public-key(ecc(curve %s)(q%b)))",
                           word[0], (int)in[0].len, in[0].p);
  if (!err)
    err = gcry_sexp_build (&data, NULL, "(data(flags raw)(value %b))",
                           (int)in[1].len, in[1].p);
  if (!err)
    err = gcry_pk_encrypt (&cipher, data, key);
  if (!err)
    {
      print_value (cipher, "e");
      print_value (cipher, "s");
    }
  gcry_sexp_release (key);
  gcry_sexp_release (data);
  gcry_sexp_release (cipher);
  free_words (in, 2);
  return err;
}


static gpg_error_t
open_cipher (const char *algo, int mode, const struct data *key,
             gcry_cipher_hd_t *r_hd)
{
  gpg_error_t err = gcry_cipher_open (r_hd, atoi (algo), mode, 0);

  if (err)
    return err;
  return gcry_cipher_setkey (*r_hd, key->p, key->len);
}


static gpg_error_t
encrypt_cfb (char **word)
{
  static const unsigned char zeros[BLOCK_MAX];
  size_t block = gcry_cipher_get_algo_blklen (atoi (word[0]));
  gcry_cipher_hd_t hd = NULL;
  struct data in[2];
  gpg_error_t err = read_words (word + 1, in, 2);

  if (!err)
    err = open_cipher (word[0], GCRY_CIPHER_MODE_CFB, in, &hd);
  if (!err)
    err = gcry_cipher_setiv (hd, zeros, block);
  if (!err && in[1].len)
    err = gcry_cipher_encrypt (hd, in[1].p, in[1].len, NULL, 0);
  if (!err)
    print_hex (in[1].p, in[1].len);
  gcry_cipher_close (hd);
  free_words (in, 2);
  return err;
}


/* IN is the key, the nonce, the additional data and the text.  */
static gpg_error_t
encrypt_chunk (gcry_cipher_hd_t hd, const struct data *in)
{
  unsigned char tag[TAG_LEN];
  size_t i;
  gpg_error_t err = gcry_cipher_setiv (hd, in[1].p, in[1].len);

  if (!err && in[2].len)
    err = gcry_cipher_authenticate (hd, in[2].p, in[2].len);
  if (!err)
    gcry_cipher_final (hd);
  if (!err)
    err = gcry_cipher_encrypt (hd, in[3].p, in[3].len, NULL, 0);
  if (!err)
    err = gcry_cipher_gettag (hd, tag, sizeof tag);
  if (err)
    return err;
  print_hex (in[3].p, in[3].len);
  for (i = 0; i < sizeof tag; i++)
    printf ("%02x", tag[i]);
  return 0;
}


static gpg_error_t
encrypt_aead (char **word)
{
  gcry_cipher_hd_t hd = NULL;
  struct data in[4];
  gpg_error_t err = read_words (word + 2, in, 4);

  if (!err)
    err = open_cipher (word[1], atoi (word[0]), in, &hd);
  if (!err)
    err = encrypt_chunk (hd, in);
  gcry_cipher_close (hd);
  free_words (in, 4);
  return err;
}


static gpg_error_t
wrap_key (char **word)
{
  unsigned char out[MAX_DIGEST * 8];
  gcry_cipher_hd_t hd = NULL;
  struct data in[2];
  gpg_error_t err = read_words (word + 1, in, 2);

  if (!err && in[1].len + 8 > sizeof out)
    err = gpg_error (GPG_ERR_TOO_LARGE);
  if (!err)
    err = open_cipher (word[0], GCRY_CIPHER_MODE_AESWRAP, in, &hd);
  if (!err)
    err = gcry_cipher_encrypt (hd, out, in[1].len + 8, in[1].p, in[1].len);
  if (!err)
    print_hex (out, in[1].len + 8);
  gcry_cipher_close (hd);
  free_words (in, 2);
  return err;
}


static gpg_error_t
print_order (char **word)
{
  gcry_ctx_t ctx;
  gcry_mpi_t n;
  unsigned char *p;
  size_t len;
  gpg_error_t err = gcry_mpi_ec_new (&ctx, NULL, word[0]);

  if (err)
    return err;
  n = gcry_mpi_ec_get_mpi ("n", ctx, 1);
  err = gcry_mpi_aprint (GCRYMPI_FMT_USG, &p, &len, n);
  if (!err)
    {
      print_hex (p, len);
      gcry_free (p);
    }
  gcry_mpi_release (n);
  gcry_ctx_release (ctx);
  return err;
}


static gpg_error_t
obey_order (char **word, size_t n)
{
  static const struct
  {
    const char *name;
    size_t words;
    gpg_error_t (*obey) (char **);
  } orders[] =
    {
      { "load", 1, load_key },
      { "sign", 3, sign_data },
      { "raw", 2, sign_raw },
      { "ecdh", 3, share_point },
      { "cfb", 3, encrypt_cfb },
      { "aead", 6, encrypt_aead },
      { "wrap", 3, wrap_key },
      { "curve", 1, print_order }
    };
  size_t i;

  for (i = 0; i < sizeof orders / sizeof *orders; i++)
    if (n == 1 + orders[i].words && !strcmp (orders[i].name, word[0]))
      return orders[i].obey (word + 1);
  return gpg_error (GPG_ERR_UNKNOWN_COMMAND);
}


int
main (void)
{
  char *line = NULL, *word[MAX_WORDS], *p;
  size_t size = 0, n;
  gpg_error_t err;

  gcry_control (GCRYCTL_DISABLE_SECMEM, 0);
  gcry_control (GCRYCTL_INITIALIZATION_FINISHED, 0);
  while (getline (&line, &size, stdin) > 0)
    {
      n = 0;
      for (p = strtok (line, " \n"); p && n < MAX_WORDS;
           p = strtok (NULL, " \n"))
        word[n++] = p;
      err = obey_order (word, n);
      if (err)
        printf (" ! %s", gpg_strerror (err));
      putchar ('\n');
      fflush (stdout);
    }
  free (line);
  return 0;
}
