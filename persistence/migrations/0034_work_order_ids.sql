-- Work orders are other systems' records, whose ids are text (D-60).
ALTER TABLE workexec.job_timer ALTER COLUMN work_order_id TYPE text USING work_order_id::text,
  ADD CONSTRAINT job_timer_work_order_id_check CHECK (char_length(work_order_id) BETWEEN 1 AND 64);
