/* reply.c - The reply: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section "The reply" of doc/PROTOCOL.md.  A reply must never be longer than
 * the limit that the caller gives, which is the length of the request.  */

#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include "../base/encode.h"
#include "../base/lines.h"
#include "seal.h"
#include "../base/secret.h"

#define MAX_TEXTLEN (REPLY_MAXLEN - SEAL_OVERHEAD)
#define MAX_EXIT 255
#define MAX_SIGNAL 64

static const char *const result_names[] =
  {
    [REPLY_DONE] = "done",
    [REPLY_PENDING] = "pending",
    [REPLY_RUNNING] = "running",
    [REPLY_REFUSED] = "refused"
  };


gpg_error_t
reply_new (reply_t *r_reply)
{
  *r_reply = calloc (1, sizeof **r_reply);
  return *r_reply ? 0 : gpg_error_from_syserror ();
}


void
reply_release (reply_t reply)
{
  if (!reply)
    return;
  free (reply->reason);
  free (reply->argv);
  free (reply->output);
  free (reply);
}


const char *
reply_result_name (enum reply_result result)
{
  if (result < REPLY_DONE || result > REPLY_REFUSED)
    return NULL;
  return result_names[result];
}


static gpg_error_t
take_result (void *object, char *value, size_t len)
{
  reply_t reply = object;
  unsigned int i;

  (void)len;
  for (i = REPLY_DONE; i <= REPLY_REFUSED; i++)
    if (!strcmp (result_names[i], value))
      {
        reply->result = (enum reply_result)i;
        return 0;
      }
  return gpg_error (GPG_ERR_BAD_DATA);
}


static void
give_result (lines_out_t out, const void *object)
{
  const struct reply_s *reply = object;

  lines_give_string (out, reply_result_name (reply->result));
}


/* Any address: a server that is tried on its own host sees loopback.  But an
   IPv4 address has only one form.  */
static gpg_error_t
take_seen_address (void *object, char *value, size_t len)
{
  reply_t reply = object;

  (void)len;
  if (!strncmp (value, "::ffff:", 7) && strchr (value, '.'))
    return gpg_error (GPG_ERR_BAD_DATA);
  if (netspec_addr_parse (value, &reply->address))
    return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}


static void
give_seen_address (lines_out_t out, const void *object)
{
  const struct reply_s *reply = object;
  char text[NETSPEC_ADDRSTRLEN];

  lines_give_string (out, netspec_addr_print (&reply->address, text));
}


static gpg_error_t
take_exit (void *object, char *value, size_t len)
{
  reply_t reply = object;
  unsigned long long number;

  if (decode_decimal (value, len, MAX_EXIT, &number))
    return gpg_error (GPG_ERR_BAD_DATA);
  reply->has_exit = 1;
  reply->exit_code = (unsigned int)number;
  return 0;
}


static void
give_exit (lines_out_t out, const void *object)
{
  const struct reply_s *reply = object;

  if (!reply->has_exit)
    return;
  lines_begin (out);
  lines_add_number (out, reply->exit_code);
  lines_end (out);
}


/* Without output there is no line, so an empty value is an error.  */
static gpg_error_t
take_reply_output (void *object, char *value, size_t len)
{
  reply_t reply = object;

  if (!len)
    return gpg_error (GPG_ERR_BAD_DATA);
  return decode_percent (value, len, &reply->output, &reply->output_len);
}


static void
give_reply_output (lines_out_t out, const void *object)
{
  const struct reply_s *reply = object;

  if (!reply->output || !reply->output_len)
    return;
  lines_begin (out);
  lines_add_percent (out, reply->output, reply->output_len);
  lines_end (out);
}


static const struct lines_field fields[] =
  {
    LINES_FIELD ("postern-reply", true, false, lines_take_version,
                 lines_give_version, "not version 1"),
    LINES_FIELD ("result", true, false, take_result, give_result, "unknown"),
    LINES_MEMBER ("reason", false, text, struct reply_s, reason, MAX_TEXTLEN,
                  "not clean, well encoded text"),
    LINES_FIELD ("address", false, false, take_seen_address, give_seen_address,
                 "not an address"),
    LINES_NUMBER ("port", false, struct reply_s, port, UINT16_MAX,
                  "not a port"),
    LINES_NUMBER ("until", false, struct reply_s, until, LINES_MAX_TIME,
                  "not seconds in range"),
    LINES_FIELD ("exit", false, false, take_exit, give_exit,
                 "not an exit code"),
    LINES_NUMBER ("signal", false, struct reply_s, signal, MAX_SIGNAL,
                  "not a signal"),
    LINES_NUMBER ("msecs", false, struct reply_s, msecs, LINES_MAX_NUMBER,
                  "not milliseconds in range"),
    LINES_MEMBER ("argv", false, text, struct reply_s, argv, MAX_TEXTLEN,
                  "not clean, well encoded text"),
    LINES_NUMBER ("total", false, struct reply_s, total, REQUEST_MAX_FROM,
                  "not bytes in range"),
    LINES_FIELD ("output", false, false, take_reply_output, give_reply_output,
                 "empty or not well encoded"),
    LINES_END
  };


gpg_error_t
reply_parse (const void *text, size_t len, reply_t *r_reply)
{
  gpg_error_t err;
  reply_t reply;
  const char *why;

  *r_reply = NULL;
  err = reply_new (&reply);
  if (err)
    return err;
  err = lines_read (fields, text, len, MAX_TEXTLEN, reply, &why);
  if (err)
    {
      reply_release (reply);
      return err;
    }
  *r_reply = reply;
  return 0;
}


gpg_error_t
reply_write (reply_t reply, char **r_text, size_t *r_len)
{
  gpg_error_t err;
  reply_t again = NULL;

  err = lines_write (fields, reply, MAX_TEXTLEN, r_text, r_len);
  if (err)
    return err;
  err = reply_parse (*r_text, *r_len, &again);
  reply_release (again);
  if (!err)
    return 0;
  lines_release (*r_text, *r_len);
  *r_text = NULL;
  *r_len = 0;
  if (gpg_err_code (err) == GPG_ERR_BAD_DATA)
    err = gpg_error (GPG_ERR_INV_VALUE);
  return err;
}


/* Where to cut TEXT, which is percent-encoded and longer than ROOM bytes:
   after at most ROOM bytes, and within neither "%XX" nor a UTF-8
   sequence.  */
static size_t
cut_point (const char *text, size_t room)
{
  size_t n = room;

  while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
    n--;
  if (n >= 1 && text[n - 1] == '%')
    n -= 1;
  else if (n >= 2 && text[n - 2] == '%')
    n -= 2;
  return n;
}


/* As much of the LEN bytes at DATA as fits into ROOM bytes once it is
   encoded, to be freed; *R_CUT is NULL if nothing does.  */
static gpg_error_t
cut_to_fit (const char *data, size_t len, size_t room, char **r_cut,
            size_t *r_cutlen)
{
  gpg_error_t err;
  char *text;
  size_t n;

  *r_cut = NULL;
  *r_cutlen = 0;
  err = encode_percent (data, len, &text);
  if (err)
    return err;
  n = strlen (text);
  if (n > room)
    n = cut_point (text, room);
  if (n)
    err = decode_percent (text, n, r_cut, r_cutlen);
  free (text);
  return err;
}


/* Write REPLY in at most ROOM bytes without cutting.  */
static gpg_error_t
write_within (reply_t reply, size_t room, char **r_text, size_t *r_len)
{
  gpg_error_t err = reply_write (reply, r_text, r_len);

  if (err || *r_len <= room)
    return err;
  lines_release (*r_text, *r_len);
  *r_text = NULL;
  *r_len = 0;
  return gpg_error (GPG_ERR_TOO_LARGE);
}


/* *R_LEFT is how much of ROOM is left for the value of one more line NAME of
   REPLY.  */
static gpg_error_t
room_for (reply_t reply, const char *name, size_t room, size_t *r_left)
{
  gpg_error_t err;
  char *text;
  size_t len, line = strlen (name) + strlen (": \n");

  *r_left = 0;
  err = write_within (reply, room, &text, &len);
  if (err)
    return err;
  lines_release (text, len);
  if (room - len > line)
    *r_left = room - len - line;
  return 0;
}


/* Write REPLY in at most ROOM bytes.  The output is cut first; if the rest
   still does not fit, argv is left out, and then the reason is cut.  */
static gpg_error_t
write_cut (reply_t reply, size_t room, char **r_text, size_t *r_len)
{
  gpg_error_t err;
  struct reply_s cut = *reply;
  size_t left;

  *r_text = NULL;
  *r_len = 0;
  cut.output = NULL;
  cut.output_len = 0;
  err = room_for (&cut, "output", room, &left);
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE && cut.argv)
    {
      cut.argv = NULL;
      err = room_for (&cut, "output", room, &left);
    }
  if (!err && reply->output)
    err = cut_to_fit (reply->output, reply->output_len, left, &cut.output,
                      &cut.output_len);
  else if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    {
      cut.reason = NULL;
      err = room_for (&cut, "reason", room, &left);
      if (!err && reply->reason)
        err = cut_to_fit (reply->reason, strlen (reply->reason), left,
                          &cut.reason, &(size_t){ 0 });
    }
  if (!err)
    err = write_within (&cut, room, r_text, r_len);
  free (cut.output);
  if (cut.reason != reply->reason)
    free (cut.reason);
  return err;
}


gpg_error_t
reply_seal (reply_t reply, const unsigned char key[REQUEST_KEYLEN],
            size_t limit, unsigned char *dgram, size_t *r_len)
{
  gpg_error_t err;
  unsigned char derived[SEAL_KEYLEN];
  unsigned char padded[MAX_TEXTLEN];
  char *text;
  size_t len, room;

  *r_len = 0;
  if (limit <= SEAL_OVERHEAD)
    return gpg_error (GPG_ERR_TOO_SHORT);
  room = (limit < REPLY_MAXLEN ? limit : REPLY_MAXLEN) - SEAL_OVERHEAD;
  err = write_cut (reply, room, &text, &len);
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    return gpg_error (GPG_ERR_TOO_SHORT);
  if (err)
    return err;
  memset (padded, 0, sizeof padded);
  memcpy (padded, text, len);
  lines_release (text, len);
  len = (len + SEAL_BLOCK - 1) / SEAL_BLOCK * SEAL_BLOCK;
  if (len > room)
    len = room;
  err = seal_derive (key, "postern 1 reply", derived);
  if (!err)
    err = seal_box (derived, padded, len, dgram);
  if (!err)
    *r_len = len + SEAL_OVERHEAD;
  secret_wipe (derived, sizeof derived);
  return err;
}


gpg_error_t
reply_open (const unsigned char key[REQUEST_KEYLEN], const void *dgram,
            size_t len, reply_t *r_reply)
{
  gpg_error_t err;
  unsigned char derived[SEAL_KEYLEN];
  unsigned char padded[MAX_TEXTLEN];
  size_t textlen;

  *r_reply = NULL;
  /* What cannot be a reply came from somebody else.  */
  if (len <= SEAL_OVERHEAD || len > REPLY_MAXLEN)
    return gpg_error (GPG_ERR_CHECKSUM);
  err = seal_derive (key, "postern 1 reply", derived);
  if (!err)
    err = seal_unbox (derived, dgram, len, padded);
  secret_wipe (derived, sizeof derived);
  if (err)
    return err;
  err = seal_unpad (padded, len - SEAL_OVERHEAD, &textlen);
  if (!err)
    err = reply_parse (padded, textlen, r_reply);
  /* One code for everything that is not exactly a reply.  */
  if (gpg_err_code (err) == GPG_ERR_UNSUPPORTED_PROTOCOL)
    err = gpg_error (GPG_ERR_BAD_DATA);
  return err;
}
