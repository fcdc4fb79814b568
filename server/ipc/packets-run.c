/* packets-run.c - Encoders and decoders: about commands.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "packets-parts.h"


/* Their values go one behind the other into P->values.  */
static void
write_args (struct message_writer *w, const struct packet_run *p)
{
  unsigned int i;

  message_write_u8 (w, p->n_args);
  for (i = 0; i < p->n_args; i++)
    {
      message_write_string (w, p->arg[i].name);
      message_write_bytes (w, p->arg[i].value, strlen (p->arg[i].value));
    }
}

/* act checks the first of a name, and would run the last.  */
static bool
is_new_name (const struct packet_run *p, unsigned int n)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    if (!strcmp (p->arg[i].name, p->arg[n].name))
      return false;
  return true;
}

static void
read_args (struct message_reader *r, struct packet_run *p)
{
  const unsigned char *value;
  size_t len, used = 0;
  unsigned int i;

  p->n_args = message_read_u8 (r);
  demand (r, p->n_args <= REQUEST_MAX_ARGS);
  for (i = 0; i < p->n_args && !r->failed; i++)
    {
      read_name (r, p->arg[i].name);
      demand (r, is_new_name (p, i));
      value = message_read_bytes (r, &len);
      demand (r, len < sizeof p->values - used && !memchr (value, 0, len));
      if (r->failed)
        break;
      p->arg[i].value = p->values + used;
      memcpy (p->arg[i].value, value, len);
      used += len + 1;          /* The NUL is there.  */
    }
}


gpg_error_t
packet_send_run (int fd, uint64_t id, const struct packet_run *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_raw (&w, p->hash, sizeof p->hash);
  message_write_raw (&w, p->request, sizeof p->request);
  message_write_string (&w, p->command);
  message_write_string (&w, p->user);
  message_write_string (&w, p->fpr);
  message_write_addr (&w, &p->addr);
  message_write_addr (&w, &p->observed);
  message_write_u64 (&w, p->asked);
  write_args (&w, p);
  return message_write_send (&w, fd, PACKET_RUN, id);
}

gpg_error_t
packet_read_run (const struct message *msg, struct packet_run *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_raw (&r, p->hash, sizeof p->hash);
  message_read_raw (&r, p->request, sizeof p->request);
  read_name (&r, p->command);
  read_name (&r, p->user);
  read_fpr (&r, p->fpr);
  message_read_addr (&r, &p->addr);
  message_read_addr (&r, &p->observed);
  p->asked = message_read_u64 (&r);
  read_args (&r, p);
  demand (&r, p->addr.family != AF_UNSPEC
          && p->observed.family != AF_UNSPEC);
  return message_read_end (&r);
}


gpg_error_t
packet_send_output (int fd, uint64_t id, const struct packet_output *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_raw (&w, p->request, sizeof p->request);
  message_write_u32 (&w, p->from);
  message_write_bytes (&w, p->data, p->len);
  return message_write_send (&w, fd, PACKET_OUTPUT, id);
}

gpg_error_t
packet_read_output (const struct message *msg, struct packet_output *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_raw (&r, p->request, sizeof p->request);
  p->from = message_read_u32 (&r);
  p->data = read_some (&r, 1, PACKET_OUTPUT_CHUNK, &p->len);
  demand (&r, p->from <= CONFIG_MAX_OUTPUT
          && p->len <= CONFIG_MAX_OUTPUT - p->from);
  return message_read_end (&r);
}


gpg_error_t
packet_send_ran (int fd, uint64_t id, const struct packet_ran *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_raw (&w, p->request, sizeof p->request);
  message_write_u16 (&w, p->refusal);
  message_write_u8 (&w, p->ended_by);
  message_write_u8 (&w, p->exit_code);
  message_write_u8 (&w, p->signal);
  message_write_u64 (&w, p->msecs);
  message_write_u64 (&w, p->produced);
  message_write_u32 (&w, p->kept);
  return message_write_send (&w, fd, PACKET_RAN, id);
}

/* What was not started has no end.  */
static bool
is_well_ended (const struct packet_ran *p)
{
  if (p->refusal)
    return refusal_is_start (p->refusal) && !p->exit_code && !p->signal
           && !p->kept;
  return p->ended_by <= PACKET_ENDED_REVOKED && (!p->signal || !p->exit_code)
         && p->signal <= PACKET_SIGNALS && p->kept <= CONFIG_MAX_OUTPUT
         && p->kept <= p->produced && p->produced <= INT64_MAX
         && p->msecs <= INT64_MAX;
}

gpg_error_t
packet_read_ran (const struct message *msg, struct packet_ran *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  message_read_raw (&r, p->request, sizeof p->request);
  p->refusal = message_read_u16 (&r);
  p->ended_by = message_read_u8 (&r);
  p->exit_code = message_read_u8 (&r);
  p->signal = message_read_u8 (&r);
  p->msecs = message_read_u64 (&r);
  p->produced = message_read_u64 (&r);
  p->kept = message_read_u32 (&r);
  demand (&r, is_well_ended (p));
  return message_read_end (&r);
}


gpg_error_t
packet_send_begun (int fd, uint64_t id, const struct packet_begun *p)
{
  struct message_writer w;

  message_write_init (&w);
  message_write_u8 (&w, p->others);
  return message_write_send (&w, fd, PACKET_BEGUN, id);
}

gpg_error_t
packet_read_begun (const struct message *msg, struct packet_begun *p)
{
  struct message_reader r;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->others = read_bool (&r);
  return message_read_end (&r);
}


gpg_error_t
packet_send_leave (int fd, uint64_t id, const struct packet_leave *p)
{
  struct message_writer w;
  unsigned int i;

  message_write_init (&w);
  message_write_u8 (&w, p->n);
  for (i = 0; i < p->n; i++)
    message_write_string (&w, p->gone[i]);
  return message_write_send (&w, fd, PACKET_LEAVE, id);
}

gpg_error_t
packet_read_leave (const struct message *msg, struct packet_leave *p)
{
  struct message_reader r;
  unsigned int i;

  memset (p, 0, sizeof *p);
  message_read_init (&r, msg);
  p->n = message_read_u8 (&r);
  demand (&r, p->n <= PACKET_GONE_MOST);
  for (i = 0; i < p->n && !r.failed; i++)
    read_name (&r, p->gone[i]);
  return message_read_end (&r);
}
