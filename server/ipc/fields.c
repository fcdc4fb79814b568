/* fields.c - The body of a message, written and read by a table of fields.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is read may come from a process that was taken over: nothing of it is
 * used before it was checked against the table.  */

#include "fields.h"

#include <netinet/in.h>
#include <string.h>
#include "../../common/base/netspec.h"

#define LENGTH_SIZE 2           /* Of the length before a string.  */
#define ADDR_SIZE (1 + sizeof ((struct net_addr *)0)->bytes)
#define RANGE_SIZE (1 + 2 + 2)

struct writer
{
  unsigned char *buf;
  size_t len, size;
  bool failed;
};

struct reader
{
  const unsigned char *p;
  size_t left;
  size_t pointed;               /* Bytes that texts and bytes have.  */
  bool failed;
};


uint64_t
field_number (const void *p, size_t size)
{
  switch (size)
    {
    case sizeof (uint8_t):  return *(const uint8_t *)p;
    case sizeof (uint16_t): return *(const uint16_t *)p;
    case sizeof (uint32_t): return *(const uint32_t *)p;
    default:                return *(const uint64_t *)p;
    }
}


void
field_set_number (void *p, size_t size, uint64_t v)
{
  switch (size)
    {
    case sizeof (uint8_t):  *(uint8_t *)p = (uint8_t)v; break;
    case sizeof (uint16_t): *(uint16_t *)p = (uint16_t)v; break;
    case sizeof (uint32_t): *(uint32_t *)p = (uint32_t)v; break;
    default:                *(uint64_t *)p = v; break;
    }
}


/* How many there are of FIELD's group in OBJECT.  */
static uint64_t
count_in (const struct field *field, const char *object)
{
  uint64_t n;

  if (!field->count_size)
    return field->most;
  n = field_number (object + field->count_at, field->count_size);
  return field->kind == FIELD_OPTIONAL ? !!n : n;
}


/* The bounds.  */

/* Add the bounds of TABLE to *LEAST and *MOST, and to *POINTED the most that
   its texts and bytes have.  */
static void
add_bounds (const struct field *table, size_t *least, size_t *most,
            size_t *pointed)
{
  const struct field *f;
  size_t l, m, p;

  for (f = table; f->kind; f++)
    {
      l = m = p = 0;
      switch (f->kind)
        {
        case FIELD_NUMBER: case FIELD_RAW:
          l = m = f->size;
          break;
        case FIELD_STRING:
          l = LENGTH_SIZE + f->least;
          m = LENGTH_SIZE + f->most;
          break;
        case FIELD_TEXT: case FIELD_BYTES:
          m = LENGTH_SIZE + (f->kind == FIELD_TEXT);
          l = m + f->least;
          p = f->most;
          break;
        case FIELD_ADDR:
          l = m = ADDR_SIZE;
          break;
        case FIELD_PORTS:
          l = 1 + f->least * RANGE_SIZE;
          m = 1 + f->most * RANGE_SIZE;
          break;
        default:
          add_bounds (f->of, &l, &m, &p);
          l *= f->least;
          m *= f->most;
          p *= f->most;
        }
      *least += l;
      *most += m;
      *pointed += p;
    }
}


void
fields_bounds (const struct layout *layout, size_t *r_least, size_t *r_most)
{
  size_t pointed = 0;

  *r_least = *r_most = 0;
  add_bounds (layout->table, r_least, r_most, &pointed);
  if (layout->together && pointed > layout->together)
    pointed = layout->together;
  *r_most += pointed;
}


/* The writer.  */

static void
write_raw (struct writer *w, const void *p, size_t n)
{
  if (w->failed || n > w->size - w->len)
    {
      w->failed = true;
      return;
    }
  if (n)
    memcpy (w->buf + w->len, p, n);
  w->len += n;
}


static void
write_number (struct writer *w, uint64_t v, size_t n)
{
  unsigned char tmp[sizeof v];
  size_t i = n;

  for (; i; v >>= 8)
    tmp[--i] = (unsigned char)(v & 0xff);
  write_raw (w, tmp, n);
}


static void
write_bytes (struct writer *w, const void *p, size_t n)
{
  if (n > UINT16_MAX)
    w->failed = true;
  write_number (w, n, LENGTH_SIZE);
  write_raw (w, p, n);
}


/* One byte 0, 4 or 6, then always 16.  */
static void
write_addr (struct writer *w, const struct net_addr *a)
{
  if (a->family != AF_UNSPEC && a->family != AF_INET && a->family != AF_INET6)
    w->failed = true;
  write_number (w, a->family == AF_INET ? 4 : a->family == AF_INET6 ? 6 : 0,
                1);
  write_raw (w, a->bytes, sizeof a->bytes);
}


static void
write_ports (struct writer *w, const struct port_set *p)
{
  unsigned int i;

  if (p->n > NETSPEC_MAX_RANGES)
    {
      w->failed = true;
      return;
    }
  write_number (w, p->n, 1);
  for (i = 0; i < p->n; i++)
    {
      write_number (w, p->range[i].proto, 1);
      write_number (w, p->range[i].first, 2);
      write_number (w, p->range[i].last, 2);
    }
}


static void write_table (struct writer *w, const struct field *table,
                         const char *object);

static void
write_group (struct writer *w, const struct field *field, const char *object)
{
  uint64_t i, n = count_in (field, object);

  if (n > field->most)
    w->failed = true;
  for (i = 0; i < n && !w->failed; i++)
    write_table (w, field->of, object + field->at + i * field->size);
}


static void
write_table (struct writer *w, const struct field *table, const char *object)
{
  const struct field *f;
  const char *at, *p;

  for (f = table; f->kind; f++)
    {
      at = object + f->at;
      switch (f->kind)
        {
        case FIELD_NUMBER:
          write_number (w, field_number (at, f->size), f->size);
          break;
        case FIELD_RAW:
          write_raw (w, at, f->size);
          break;
        case FIELD_STRING:
          write_bytes (w, at, strnlen (at, f->size));
          break;
        case FIELD_TEXT:
          memcpy (&p, at, sizeof p);
          write_bytes (w, p, strlen (p));
          write_number (w, 0, 1);
          break;
        case FIELD_BYTES:
          memcpy (&p, at, sizeof p);
          write_bytes (w, p, *(const size_t *)(object + f->count_at));
          break;
        case FIELD_ADDR:
          write_addr (w, (const struct net_addr *)at);
          break;
        case FIELD_PORTS:
          write_ports (w, (const struct port_set *)at);
          break;
        default:
          write_group (w, f, object);
        }
    }
}


gpg_error_t
fields_write (const struct layout *layout, const void *object,
              unsigned char *buf, size_t size, size_t *r_len)
{
  struct writer w = { buf, 0, size, false };

  write_table (&w, layout->table, object);
  *r_len = w.failed ? 0 : w.len;
  return w.failed ? gpg_error (GPG_ERR_TOO_LARGE) : 0;
}


/* The reader.  It goes on after a failure, and all that it reads is then
   zero or empty.  */

static void
require_field (struct reader *r, bool good)
{
  if (!good)
    r->failed = true;
}


/* Take N bytes off; NULL if they are not there.  */
static const unsigned char *
take_field (struct reader *r, size_t n)
{
  const unsigned char *p = r->p;

  require_field (r, n <= r->left);
  if (r->failed)
    return NULL;
  r->p += n;
  r->left -= n;
  return p;
}


static uint64_t
take_number (struct reader *r, size_t n)
{
  const unsigned char *p = take_field (r, n);
  uint64_t v = 0;

  while (p && n--)
    v = (v << 8) | *p++;
  return v;
}


/* The bytes of a string, text or bytes.  */
static const unsigned char *
take_bytes (struct reader *r, const struct field *f, size_t *r_len)
{
  const unsigned char *p;

  *r_len = (size_t)take_number (r, LENGTH_SIZE);
  require_field (r, *r_len >= f->least && *r_len <= f->most);
  p = take_field (r, *r_len);
  if (!p)
    *r_len = 0;
  require_field (r, f->kind == FIELD_BYTES
                 || !memchr (p ? p : r->p, 0, *r_len));
  return p ? p : (const unsigned char *)"";
}


static void
read_string (struct reader *r, const struct field *f, char *buf)
{
  size_t len;
  const unsigned char *p = take_bytes (r, f, &len);

  memcpy (buf, p, len);
  buf[len] = 0;
  require_field (r, !len || !f->valid || f->valid (buf, len));
}


static void
read_pointer (struct reader *r, const struct field *f, char *object)
{
  size_t len;
  const unsigned char *p = take_bytes (r, f, &len);

  if (f->kind == FIELD_TEXT)
    require_field (r, !take_number (r, 1));
  else
    memcpy (object + f->count_at, &len, sizeof len);
  memcpy (object + f->at, &p, sizeof p);
  r->pointed += len;
}


static void
read_addr (struct reader *r, const struct field *f, struct net_addr *a)
{
  static const unsigned char zero[sizeof a->bytes];
  uint64_t kind = take_number (r, 1);
  size_t used = kind == 4 ? 4 : kind == 6 ? 16 : 0;
  const unsigned char *p = take_field (r, sizeof a->bytes);

  require_field (r, (used || !kind) && used >= f->least);
  if (p)
    memcpy (a->bytes, p, sizeof a->bytes);
  require_field (r, !memcmp (a->bytes + used, zero, sizeof zero - used));
  a->family = kind == 4 ? AF_INET : kind == 6 ? AF_INET6 : AF_UNSPEC;
}


static void
read_ports (struct reader *r, const struct field *f, struct port_set *p)
{
  uint64_t n = take_number (r, 1);
  struct port_range range;

  require_field (r, n >= f->least && n <= f->most);
  for (; n && !r->failed; n--)
    {
      range.proto = (uint8_t)take_number (r, 1);
      range.first = (uint16_t)take_number (r, 2);
      range.last = (uint16_t)take_number (r, 2);
      require_field (r, (range.proto == IPPROTO_TCP
                         || range.proto == IPPROTO_UDP)
                     && range.first && range.last >= range.first
                     && !netspec_ports_add (p, &range));
    }
}


static void read_table (struct reader *r, const struct field *table,
                        char *object);

static void
read_group (struct reader *r, const struct field *f, char *object)
{
  uint64_t i, n = count_in (f, object);

  require_field (r, n >= f->least && n <= f->most);
  for (i = 0; i < n && !r->failed; i++)
    read_table (r, f->of, object + f->at + i * f->size);
}


static void
read_table (struct reader *r, const struct field *table, char *object)
{
  const struct field *f;
  const unsigned char *p;
  uint64_t v;

  for (f = table; f->kind && !r->failed; f++)
    switch (f->kind)
      {
      case FIELD_NUMBER:
        v = take_number (r, f->size);
        require_field (r, v >= f->least && v <= f->most);
        if (!r->failed)
          field_set_number (object + f->at, f->size, v);
        break;
      case FIELD_RAW:
        p = take_field (r, f->size);
        if (p)
          memcpy (object + f->at, p, f->size);
        break;
      case FIELD_STRING:
        read_string (r, f, object + f->at);
        break;
      case FIELD_TEXT: case FIELD_BYTES:
        read_pointer (r, f, object);
        break;
      case FIELD_ADDR:
        read_addr (r, f, (struct net_addr *)(object + f->at));
        break;
      case FIELD_PORTS:
        read_ports (r, f, (struct port_set *)(object + f->at));
        break;
      default:
        read_group (r, f, object);
      }
}


gpg_error_t
fields_read (const struct layout *layout, const unsigned char *body,
             size_t len, void *object)
{
  struct reader r = { body, len, 0, false };

  memset (object, 0, layout->size);
  read_table (&r, layout->table, object);
  require_field (&r, !r.left);
  require_field (&r, !layout->together || r.pointed <= layout->together);
  if (!r.failed && layout->check)
    require_field (&r, layout->check (object));
  if (!r.failed)
    return 0;
  memset (object, 0, layout->size);
  return gpg_error (GPG_ERR_BAD_DATA);
}
