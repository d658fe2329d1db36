"""The benchmarks: that they run, and that their arithmetic is right. What they find is no test's business."""
