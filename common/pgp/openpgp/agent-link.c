/* agent-link.c - A connection to gpg-agent, for PKDECRYPT alone.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libassuan reads and writes lines.  Its context, with their buffers, is in
 * secret memory, as is what the agent decrypted, until it is wiped.  The
 * reads and writes themselves are ours: libassuan's would try again for ever
 * where a deadline passes, and die of SIGPIPE where the agent is gone.  */

#include "agent-link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <assuan.h>
#include <gcrypt.h>
#include "../../base/secret.h"

#define HEAD "(5:value"         /* What comes before the length.  */
#define MAX_REPLY (OPENPGP_MAX_PLAIN + 32)
#define MAX_STATUS 32           /* Lines that the agent may say besides.  */
#define MAX_HELD 2048           /* Bytes that wait to be sent together.  */
/* Marks what libassuan or we found wrong here: the agent's own errors have
   other sources.  */
#define OWN_SOURCE GPG_ERR_SOURCE_USER_4

struct agent_link_s
{
  assuan_context_t ctx;
  int fd;                       /* The context's.  */
  gpg_err_code_t lost;          /* Why nothing more can come, or 0.  */
  unsigned char held[MAX_HELD]; /* Not sent yet.  */
  size_t n_held;
  bool has_key;                 /* The agent has been told of this one.  */
  unsigned char grip[OPENPGP_GRIPLEN];
  /* One decryption.  */
  const void *cipher;
  size_t cipher_len;
  bool unpadded;
  unsigned int lines;
  unsigned char reply[MAX_REPLY];
  size_t reply_len;
};


static void *
grow_link_memory (void *p, size_t len)
{
  return p ? gcry_realloc (p, len) : secret_alloc (len);
}

static struct assuan_malloc_hooks memory_hooks =
  { secret_alloc, grow_link_memory, secret_release };


static gpg_error_t
own_error (gpg_err_code_t code)
{
  return gpg_err_make (OWN_SOURCE, code);
}


/* Note in LINK what ERRNO says.  */
static ssize_t
note_lost (agent_link_t link)
{
  bool late = errno == EAGAIN || errno == EWOULDBLOCK;

  link->lost = late ? GPG_ERR_TIMEOUT : GPG_ERR_NO_AGENT;
  if (late)
    errno = ETIMEDOUT;          /* EAGAIN would be tried again.  */
  return -1;
}


/* Send what is held.  */
static int
flush_link (agent_link_t link)
{
  const unsigned char *p = link->held;
  ssize_t n;

  for (; link->n_held; p += n, link->n_held -= (size_t)n)
    {
      do
        n = send (link->fd, p, link->n_held, MSG_NOSIGNAL);
      while (n < 0 && errno == EINTR);
      if (n < 0)
        {
          link->n_held = 0;
          return (int)note_lost (link);
        }
    }
  return 0;
}


static ssize_t
read_link (assuan_context_t ctx, assuan_fd_t fd, void *buf, size_t size)
{
  agent_link_t link = assuan_get_pointer (ctx);
  ssize_t n;

  if (flush_link (link))
    return -1;
  do
    n = recv (fd, buf, size, 0);
  while (n < 0 && errno == EINTR);
  if (!n)
    link->lost = GPG_ERR_NO_AGENT;
  return n < 0 ? note_lost (link) : n;
}


/* libassuan writes the end of a line by itself, and each write would wake the
   agent: hold it until we wait for an answer.  */
static ssize_t
write_link (assuan_context_t ctx, assuan_fd_t fd, const void *buf,
            size_t size)
{
  agent_link_t link = assuan_get_pointer (ctx);

  (void) fd;
  if (link->n_held == sizeof link->held && flush_link (link))
    return -1;
  if (size > sizeof link->held - link->n_held)
    size = sizeof link->held - link->n_held;
  if (size)
    memcpy (link->held + link->n_held, buf, size);
  link->n_held += size;
  return (ssize_t)size;
}


static int
close_link (assuan_context_t ctx, assuan_fd_t fd)
{
  flush_link (assuan_get_pointer (ctx));        /* That we leave.  */
  return close (fd);
}


static void
sleep_link (assuan_context_t ctx, unsigned int usec)
{
  (void) ctx;
  (void) usec;                  /* Only before it tries again.  */
}


static gpg_error_t
new_context (agent_link_t link)
{
  static struct assuan_system_hooks hooks =
    { .version = ASSUAN_SYSTEM_HOOKS_VERSION, .usleep = sleep_link,
      .close = close_link, .read = read_link, .write = write_link };
  gpg_error_t err;

  err = assuan_new_ext (&link->ctx, OWN_SOURCE, &memory_hooks, NULL, NULL);
  if (err)
    return err;
  assuan_set_pointer (link->ctx, link);
  assuan_ctx_set_system_hooks (link->ctx, &hooks);
  assuan_set_flag (link->ctx, ASSUAN_NO_LOGGING, 1);
  assuan_set_flag (link->ctx, ASSUAN_CONFIDENTIAL, 1);
  return 0;
}


gpg_error_t
agent_link_open (int fd, agent_link_t *r_link)
{
  agent_link_t link;
  gpg_err_code_t lost;
  gpg_error_t err;

  *r_link = NULL;
  link = secret_alloc (sizeof *link);
  err = link ? new_context (link) : gpg_error_from_syserror ();
  if (err)
    {
      close (fd);
      secret_release (link);
      return err;
    }
  link->fd = fd;
  err = assuan_socket_connect_fd (link->ctx, fd, 0);
  if (!err)
    {
      *r_link = link;
      return 0;
    }
  /* libassuan has closed FD.  */
  lost = link->lost ? link->lost : GPG_ERR_NO_AGENT;
  agent_link_close (link);
  return gpg_error (lost);
}


void
agent_link_close (agent_link_t link)
{
  if (!link)
    return;
  assuan_release (link->ctx);
  secret_release (link);
}


/* A line of what was decrypted.  */
static gpg_error_t
take_reply (void *opaque, const void *data, size_t len)
{
  agent_link_t link = opaque;

  if (len > sizeof link->reply - link->reply_len)
    return own_error (GPG_ERR_TOO_LARGE);
  if (len)
    memcpy (link->reply + link->reply_len, data, len);
  link->reply_len += len;
  return 0;
}


static gpg_error_t
answer_inquiry (void *opaque, const char *line)
{
  agent_link_t link = opaque;

  if (++link->lines > MAX_STATUS || strcmp (line, "CIPHERTEXT"))
    return own_error (GPG_ERR_ASS_UNKNOWN_INQUIRE);
  return assuan_send_data (link->ctx, link->cipher, link->cipher_len);
}


/* A card has removed the padding of RSA itself.  */
static gpg_error_t
take_status (void *opaque, const char *line)
{
  agent_link_t link = opaque;

  if (++link->lines > MAX_STATUS)
    return own_error (GPG_ERR_TOO_LARGE);
  if (!strcmp (line, "PADDING 0"))
    link->unpadded = true;
  return 0;
}


/* Whether CODE says that the agent has no such key.  GnuPG 2.4 looks for one
   that it lacks on a card.  */
static bool
is_no_key (gpg_err_code_t code)
{
  return code == GPG_ERR_NO_SECKEY || code == GPG_ERR_ENODEV
         || code == GPG_ERR_NO_SCDAEMON || code == GPG_ERR_CARD_NOT_PRESENT;
}


/* The error of the agent, or of the connection: after what libassuan or we
   found wrong, nobody knows what the next line answers.  */
static gpg_error_t
judge_link (agent_link_t link, gpg_error_t err)
{
  if (!err && !link->lost)
    return 0;
  if (!link->lost && gpg_err_source (err) == OWN_SOURCE)
    link->lost = GPG_ERR_NO_AGENT;
  if (link->lost)
    return gpg_error (link->lost);
  return gpg_error (is_no_key (gpg_err_code (err)) ? GPG_ERR_NO_SECKEY
                    : GPG_ERR_DECRYPT_FAILED);
}


/* The agent keeps the key for the connection: it is told of another one
   only, and anew after an error.  */
static gpg_error_t
set_key (agent_link_t link, const unsigned char grip[OPENPGP_GRIPLEN])
{
  char hex[2 * OPENPGP_GRIPLEN + 1], line[16 + sizeof hex];
  gpg_error_t err;

  if (link->has_key && !memcmp (link->grip, grip, sizeof link->grip))
    return 0;
  openpgp_fpr_print (grip, hex);        /* As long as a fingerprint.  */
  snprintf (line, sizeof line, "SETKEY %s", hex);
  err = assuan_transact (link->ctx, line, NULL, NULL, NULL, NULL, NULL,
                         NULL);
  err = judge_link (link, err);
  link->has_key = !err;
  memcpy (link->grip, grip, sizeof link->grip);
  return err;
}


/* The value in the reply, "(5:valueLENGTH:BYTES)" and perhaps zeros.  */
static gpg_error_t
read_reply (agent_link_t link, struct openpgp_answer *r_answer)
{
  const unsigned char *p = link->reply, *end = p + link->reply_len;
  size_t n = 0;

  if (link->reply_len < sizeof HEAD || memcmp (p, HEAD, sizeof HEAD - 1))
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  for (p += sizeof HEAD - 1; p < end && *p >= '0' && *p <= '9'; p++)
    {
      n = 10 * n + (size_t)(*p - '0');
      if (n > OPENPGP_MAX_PLAIN)
        return gpg_error (GPG_ERR_DECRYPT_FAILED);
    }
  if (!n || (size_t)(end - p) < n + 2 || p[0] != ':' || p[n + 1] != ')')
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  memcpy (r_answer->value, p + 1, n);
  r_answer->len = n;
  for (p += n + 2; p < end; p++)
    if (*p)
      return gpg_error (GPG_ERR_DECRYPT_FAILED);
  return 0;
}


gpg_error_t
agent_link_decrypt (void *hook, const unsigned char grip[OPENPGP_GRIPLEN],
                    const void *cipher, size_t len,
                    struct openpgp_answer *r_answer)
{
  agent_link_t link = hook;
  gpg_error_t err;

  r_answer->len = 0;
  link->cipher = cipher;
  link->cipher_len = len;
  link->unpadded = false;
  link->lines = 0;
  link->reply_len = 0;
  err = link->lost ? gpg_error (link->lost) : set_key (link, grip);
  if (!err)
    {
      err = assuan_transact (link->ctx, "PKDECRYPT", take_reply, link,
                             answer_inquiry, link, take_status, link);
      err = judge_link (link, err);
      link->has_key = !err;
    }
  /* An agent that answers before it is asked gets the question all the
     same.  */
  flush_link (link);
  if (!err)
    err = read_reply (link, r_answer);
  r_answer->unpadded = link->unpadded;
  secret_wipe (link->reply, sizeof link->reply);
  return err;
}
