/* fetch.c - Getting a public key from where it is kept.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * We never talk to the network ourselves: GnuPG's dirmngr does, on a pipe and
 * as the user nobody.  Its home is made for this one fetch, is not writable
 * by it, and has no configuration: what a team wants to set (a proxy, the CA
 * of its own key server) belongs into /etc/gnupg/dirmngr.conf.  What is put
 * into a dirmngr command is checked first to need no quoting.  */

#include "fetch.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <assuan.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"
#include "../../server/role/confine.h"
#include "../text.h"
#include "scratch.h"

#define MAX_KEYFILE 1048576
#define MAX_ADDRESS 254
#define MAX_HOST 253
#define DEADLINE_S 60           /* For dirmngr.  */
#define POWERLESS "nobody"

#define LETTERS "abcdefghijklmnopqrstuvwxyz" "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* What dirmngr is asked.  */
struct query
{
  char *server;                 /* Names the key server; NULL: none.  */
  char *command;
  char fpr[NETSPEC_FPRLEN + 1]; /* Of the key that must come; empty: any.  */
};

struct answer
{
  unsigned char *data;
  size_t len;
};


static void
release_query (struct query *query)
{
  gpgrt_free (query->server);
  gpgrt_free (query->command);
}


static gpg_error_t
reject_source (char **r_message, gpg_err_code_t code, const char *what,
               const char *why)
{
  *r_message = gpgrt_bsprintf ("%s: %s", what, why);
  return gpg_error (code);
}


/* LOCAL@DOMAIN, of characters that need no quoting anywhere.  */
static bool
is_mail_address (const char *text)
{
  const char *domain = strchr (text, '@');
  size_t n;

  if (!domain || domain == text || *text == '-'
      || strlen (text) > MAX_ADDRESS)
    return false;
  n = strspn (text, LETTERS DIGITS ".!#$&'*+/=?^_`{|}~-");
  if (text + n != domain++)
    return false;
  n = strlen (domain);
  return n && strspn (domain, LETTERS DIGITS ".-") == n && *domain != '.'
         && domain[n - 1] != '.' && strchr (domain, '.');
}


static gpg_error_t
parse_wkd (const char *what, const char *address, struct query *query,
           char **r_message)
{
  if (!is_mail_address (address))
    return reject_source (r_message, GPG_ERR_INV_NAME, what,
                          "write it as wkd:alice@example.org");
  query->command = gpgrt_bsprintf ("WKD_GET %s", address);
  return query->command ? 0 : gpg_error_from_syserror ();
}


/* True if the LEN bytes at TEXT are a host name, an IPv4 address, or an IPv6
   address in brackets, perhaps with a port.  */
static bool
is_authority (const char *text, size_t len)
{
  const char *end = text + len, *p = text;
  unsigned long long port;

  if (p < end && *p == '[')
    {
      p += 1 + strspn (p + 1, DIGITS "abcdefABCDEF:.");
      if (p >= end || *p++ != ']')
        return false;
    }
  else
    p += strspn (p, LETTERS DIGITS ".-");
  if (p == text || p > end || p - text > MAX_HOST || *text == '-')
    return false;
  return p == end
         || (*p == ':' && !decode_decimal (p + 1, (size_t)(end - p) - 1,
                                           65535, &port) && port);
}


/* True if the host is this one, which must be clear without a name server.  */
static bool
is_loopback_url (const char *text, size_t len)
{
  char host[16];
  struct in_addr in;
  size_t n = strcspn (text, ":/");

  if (len >= 5 && !strncmp (text, "[::1]", 5))
    return true;
  if (n >= sizeof host)
    return false;
  memcpy (host, text, n);
  host[n] = 0;
  return !strcmp (host, "localhost")
         || (inet_pton (AF_INET, host, &in) == 1
             && ntohl (in.s_addr) >> 24 == 127);
}


static bool
fold_fpr (const char *text, char fpr[NETSPEC_FPRLEN + 1])
{
  size_t i, len = strlen (text);

  if (len > NETSPEC_FPRLEN)
    return false;
  for (i = 0; i <= len; i++)
    fpr[i] = (char)toupper ((unsigned char)text[i]);
  return netspec_fpr_valid (fpr, len);
}


/* SCHEME://HOST[:PORT]/FPR, where REST begins after the slashes.  */
static gpg_error_t
parse_server (const char *what, const char *rest, struct query *query,
              char **r_message)
{
  size_t len = strcspn (rest, "/");

  if (!is_authority (rest, len) || rest[len] != '/'
      || !fold_fpr (rest + len + 1, query->fpr))
    return reject_source (r_message, GPG_ERR_INV_NAME, what,
                          "write it as hkps://keys.example.org/FPR, with the"
                          " full fingerprint");
  if (!strncmp (what, "hkp:", 4) && !is_loopback_url (rest, len))
    return reject_source (r_message, GPG_ERR_INV_NAME, what,
                          "hkp is not encrypted and is accepted for this host"
                          " alone; use hkps");
  query->server = gpgrt_bsprintf ("KEYSERVER --clear %.*s",
                                  (int)(rest - what + (ptrdiff_t)len), what);
  query->command = gpgrt_bsprintf ("KS_GET 0x%s", query->fpr);
  return query->server && query->command ? 0 : gpg_error_from_syserror ();
}


/* QUERY->command stays NULL if WHAT is not for dirmngr.  */
static gpg_error_t
parse_source (const char *what, struct query *query, char **r_message)
{
  memset (query, 0, sizeof *query);
  if (!strncmp (what, "wkd:", 4))
    return parse_wkd (what, what + 4, query, r_message);
  if (!strncmp (what, "hkps://", 7))
    return parse_server (what, what + 7, query, r_message);
  if (!strncmp (what, "hkp://", 6))
    return parse_server (what, what + 6, query, r_message);
  if (strstr (what, "://"))
    return reject_source (r_message, GPG_ERR_INV_NAME, what,
                          "give a file, a fingerprint, wkd:ADDRESS, or"
                          " hkps://HOST/FPR");
  return 0;
}


static gpg_error_t
export_own (const char *fpr, unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err;
  pgp_t own;

  err = pgp_new (PGP_PERSON, NULL, 0, &own);
  if (!err)
    err = pgp_key_export (own, fpr, r_data, r_len);
  pgp_release (own);
  return err;
}


/* Make a home for dirmngr, with what it would create itself if it could write
   there.  */
static gpg_error_t
make_dirmngr_home (char *home)
{
  static const char index[] = "v:1:\n";
  char folder[80], path[96];

  if (!mkdtemp (home))
    {
      gpg_error_t err = gpg_error_from_syserror ();

      *home = 0;                /* Do not remove somebody else's.  */
      return err;
    }
  gpgrt_snprintf (folder, sizeof folder, "%s/crls.d", home);
  gpgrt_snprintf (path, sizeof path, "%s/DIR.txt", folder);
  if (chmod (home, 0755) || mkdir (folder, 0755) || chmod (folder, 0755))
    return gpg_error_from_syserror ();
  return file_write (path, index, strlen (index), 0644, 1);
}


/* In the child that becomes dirmngr.  The alarm survives the exec, and so
   ends a dirmngr that hangs.  */
static void
confine_dirmngr (void *hook, int reserved)
{
  static const struct confine_limits limits =
    { .files = 256, .file_size = 1 << 20 };
  const struct confine_id *id = hook;

  (void)reserved;
  alarm (DEADLINE_S);
  if (confine_limits (&limits) || (id && confine_become (id, 0)))
    _exit (EX_OSERR);
}


static gpg_error_t
start_dirmngr (const char *home, assuan_context_t ctx)
{
  gpg_error_t err;
  const char *argv[] = { "dirmngr", "--homedir", home, "--server", NULL };
  assuan_fd_t none = ASSUAN_INVALID_FD;
  struct confine_id id;
  bool root = !geteuid ();

  if (access (POSTERN_DIRMNGR, X_OK))
    return gpg_error (GPG_ERR_NO_DIRMNGR);
  err = root ? confine_lookup (POWERLESS, &id) : 0;
  if (err)
    return err;
  err = assuan_pipe_connect (ctx, POSTERN_DIRMNGR, argv, &none, confine_dirmngr,
                             root ? &id : NULL, 0);
  return err ? gpg_error (GPG_ERR_CONFIGURATION) : 0;
}


static gpg_error_t
collect_key_data (void *hook, const void *data, size_t len)
{
  struct answer *answer = hook;
  unsigned char *more;

  if (len > MAX_KEYFILE - answer->len)
    return gpg_error (GPG_ERR_TOO_LARGE);
  more = realloc (answer->data, answer->len + len + 1);
  if (!more)
    return gpg_error_from_syserror ();
  memcpy (more + answer->len, data, len);
  answer->data = more;
  answer->len += len;
  return 0;
}


/* assuan_release waits for the child: kill one that may still be busy.  */
static void
end_dirmngr (assuan_context_t ctx, gpg_error_t err)
{
  pid_t pid = assuan_get_pid (ctx);

  if (err && pid > 0)
    kill (pid, SIGKILL);
  assuan_release (ctx);
}


static gpg_error_t
ask_dirmngr (const char *home, const struct query *query,
             struct answer *answer)
{
  gpg_error_t err;
  assuan_context_t ctx = NULL;

  err = assuan_new (&ctx);
  if (err)
    return err;
  err = start_dirmngr (home, ctx);
  if (!err && query->server)
    err = assuan_transact (ctx, query->server, NULL, NULL, NULL, NULL, NULL,
                           NULL);
  if (!err)
    err = assuan_transact (ctx, query->command, collect_key_data, answer, NULL,
                           NULL, NULL, NULL);
  end_dirmngr (ctx, err);
  if (!err && !answer->len)
    err = gpg_error (GPG_ERR_NO_DATA);
  return err;
}


/* A key server may answer with any key it likes.  */
static gpg_error_t
check_fetched_fpr (const struct answer *answer, const char *fpr)
{
  gpg_error_t err;
  struct scratch scratch;
  pgp_key_t key = NULL;

  err = scratch_open (&scratch);
  if (!err)
    err = pgp_key_peek (scratch.pgp, answer->data, answer->len, &key);
  if (!err && strcmp (key->fpr, fpr))
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  pgp_key_release (key);
  scratch_close (&scratch);
  return err;
}


static const char *
why_not_fetched (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_DATA:
    case GPG_ERR_NOT_FOUND:
      return "there is no such key";
    case GPG_ERR_NO_DIRMNGR:
      return "needs GnuPG's dirmngr; install the package dirmngr, or give"
             " the key as a file";
    case GPG_ERR_CONFIGURATION:
      return "dirmngr does not start; 'dirmngr --server' may say why";
    case GPG_ERR_NO_NAME:
    case GPG_ERR_UNKNOWN_HOST:
      return "there is no such host";
    case GPG_ERR_GENERAL:       /* What dirmngr makes of a TLS failure.  */
      return "the server's certificate is not trusted, or TLS failed";
    case GPG_ERR_SERVER_FAILED:
      return "the host name cannot be looked up";
    case GPG_ERR_NO_KEYSERVER:
    case GPG_ERR_ECONNREFUSED:
      return "the server does not answer";
    case GPG_ERR_EOF:
    case GPG_ERR_TIMEOUT:
    case GPG_ERR_ETIMEDOUT:
      return "no answer within a minute";
    case GPG_ERR_TOO_LARGE:
      return "the answer is larger than 1 MiB";
    case GPG_ERR_NO_PUBKEY:
      return "the answer is not an OpenPGP key";
    case GPG_ERR_UNKNOWN_VERSION:
      return text_key_version (0);
    case GPG_ERR_BAD_PUBKEY:
    case GPG_ERR_AMBIGUOUS_NAME:
      return "the server answered with another key; do not use it";
    default:
      return gpg_strerror (err);
    }
}


static gpg_error_t
fetch_remote (const char *what, const struct query *query,
              struct answer *answer, char **r_message)
{
  gpg_error_t err;
  char home[64];

  gpgrt_snprintf (home, sizeof home, "/tmp/postern-keys-%ld-XXXXXX",
                  (long)getpid ());
  err = make_dirmngr_home (home);
  if (!err)
    err = ask_dirmngr (home, query, answer);
  if (!err && *query->fpr)
    err = check_fetched_fpr (answer, query->fpr);
  file_remove_tree (home);
  if (gpg_err_code (err) == GPG_ERR_EOF)
    err = gpg_error (GPG_ERR_TIMEOUT);  /* The alarm ended it.  */
  return err ? reject_source (r_message, gpg_err_code (err), what,
                              why_not_fetched (err)) : 0;
}


static gpg_error_t
read_key_file (const char *what, struct answer *answer, char **r_message)
{
  gpg_error_t err = file_read (what, MAX_KEYFILE, &answer->data,
                               &answer->len);

  return gpg_err_code (err) != GPG_ERR_INV_OBJ ? err
    : reject_source (r_message, GPG_ERR_INV_OBJ, what, file_why (err));
}


gpg_error_t
fetch_key (const char *what, unsigned char **r_data, size_t *r_len,
           char **r_message)
{
  gpg_error_t err;
  struct query query;
  struct answer answer = { NULL, 0 };

  *r_data = NULL;
  *r_len = 0;
  *r_message = NULL;
  err = parse_source (what, &query, r_message);
  if (!err && (text_is_late_fpr (what) || text_is_late_fpr (query.fpr)))
    err = gpg_error (GPG_ERR_UNKNOWN_VERSION);
  else if (!err && !query.command)
    err = netspec_fpr_valid (what, strlen (what))
          ? export_own (what, &answer.data, &answer.len)
          : read_key_file (what, &answer, r_message);
  else if (!err)
    err = fetch_remote (what, &query, &answer, r_message);
  release_query (&query);
  if (err)
    free (answer.data);
  else
    {
      *r_data = answer.data;
      *r_len = answer.len;
    }
  return err;
}
